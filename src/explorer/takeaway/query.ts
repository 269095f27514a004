/** The queries behind a view, ready to paste: as GraphQL, for the typed client, for Python. */
import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  parseConstValue,
  print,
  type TypeNode,
  type VariableDefinitionNode,
} from 'graphql';
import { type Json, languages, literal } from './literal.ts';
import type { Asked } from './takeaway.ts';

/** Values that are written into a document: the server reads documents of 2,000 tokens. */
const mostWritten = 1000;

/**
 * One document. It runs as it stands: what was asked with are the defaults of its variables; where that is very long it
 * stands in a comment. Of several operations one is chosen by its name.
 */
export function toGraphQL(asked: readonly Asked[]): string {
  const operations = distinct(asked).map(({ document, variables }, index, all) => {
    const operation = operationOf(document);
    const isNamesake = all.slice(0, index).some((other) => nameOf(other.document) === nameOf(document));
    const name = isNamesake ? `${nameOf(document)}${index + 1}` : nameOf(document);
    const named = { ...operation, name: { kind: Kind.NAME, value: name } } as const;
    const text = JSON.stringify(variables);
    if (text.split(',').length > mostWritten) return `# ${name} with the variables ${text}\n${print(named)}`;
    return print(withDefaults(named, variables));
  });
  const fragments = new Map(
    asked.flatMap(({ document }) =>
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, print(definition)] as const] : [],
      ),
    ),
  );
  return `${[...operations, ...fragments.values()].join('\n\n')}\n`;
}

/** @param url of the endpoint */
export function toTypeScript(asked: readonly Asked[], url: string): string {
  const names = [...new Set(asked.map(({ document }) => `${nameOf(document)}Document`))].sort();
  const statements = distinct(asked).map(({ document, variables }, index, all) => {
    const { operation } = operationOf(document);
    const call = `(${nameOf(document)}Document, ${literal(variables as Json, languages.typescript)})`;
    const answer = all.length > 1 ? `answer${index + 1}` : 'answer';
    if (operation === 'subscription')
      return `for await (const event of client.subscribe${call}) {\n  console.dir(event, { depth: null });\n}`;
    return `const ${answer} = await client.request${call};\nconsole.dir(${answer}, { depth: null });`;
  });
  return [
    "import { TributaryClient } from 'tributary-client';",
    `import { ${names.join(', ')} } from 'tributary-client/documents';\n`,
    `const client = new TributaryClient(${JSON.stringify(url)});`,
    ...statements,
    'await client.close();\n',
  ].join('\n');
}

/** With nothing but Python's own library. */
export function toPython(asked: readonly Asked[], url: string): string {
  const questions = distinct(asked);
  const isFollowed = ({ document }: Asked) => operationOf(document).operation === 'subscription';
  const calls = questions.map((question, index) => {
    const document = questions.length > 1 ? `document${index + 1}` : 'document';
    const text = print(question.document).replaceAll('\\', '\\\\').replaceAll('"""', '\\"\\"\\"');
    const given = `(${document}, ${literal(question.variables as Json, languages.python)})`;
    const call = isFollowed(question)
      ? `for event in follow${given}:\n    print(event)`
      : `print(json.dumps(ask${given}, indent=2))`;
    return `${document} = """\n${text}\n"""\n${call}`;
  });
  const functions = [
    pythonSend,
    ...(questions.every(isFollowed) ? [] : [pythonAsk]),
    ...(questions.some(isFollowed) ? [pythonFollow] : []),
  ];
  const head = `import json\nfrom urllib.request import Request, urlopen\n\nURL = ${JSON.stringify(url)}`;
  return `${[head, ...functions, calls.join('\n\n')].join('\n\n\n')}\n`;
}

const pythonSend = `def send(document, variables, accept):
    body = json.dumps({"query": document, "variables": variables}).encode()
    return urlopen(Request(URL, body, {"content-type": "application/json", "accept": accept}))`;

const pythonAsk = `def ask(document, variables):
    with send(document, variables, "application/json") as response:
        return json.load(response)`;

const pythonFollow = `def follow(document, variables):
    with send(document, variables, "text/event-stream") as response:
        for line in response:
            if line.startswith(b"data: {"):
                yield json.loads(line[6:])`;

function operationOf(document: DocumentNode): OperationDefinitionNode {
  const found = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!found) throw new Error('A document of the client is an operation');
  return found;
}

/** As it stands in operations.graphql. */
function nameOf(document: DocumentNode): string {
  return operationOf(document).name?.value ?? '';
}

function withDefaults(operation: OperationDefinitionNode, variables: Asked['variables']): OperationDefinitionNode {
  const given = (definition: VariableDefinitionNode): VariableDefinitionNode => {
    const value = variables[definition.variable.name.value] as Json | undefined;
    if (value === undefined) return definition;
    const isText = ['String', 'ID', 'DateTime'].includes(nameOfType(definition.type));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const written = literal(value, isText || isObject ? languages.graphql : languages.enumeration);
    return { ...definition, defaultValue: parseConstValue(written, { noLocation: true }) };
  };
  return { ...operation, variableDefinitions: operation.variableDefinitions?.map(given) ?? [] };
}

function nameOfType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOfType(type.type);
}

/** Views may name the same question twice. */
function distinct(asked: readonly Asked[]): readonly Asked[] {
  const key = ({ document, variables }: Asked) => `${nameOf(document)} ${JSON.stringify(variables)}`;
  return [...new Map(asked.map((one) => [key(one), one])).values()];
}
