/** The queries behind a view, ready to paste: as GraphQL, for the typed client, for Python. */
import {
  type DefinitionNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  parseValue,
  print,
  type VariableDefinitionNode,
} from 'graphql';
import { type Json, languages, literal } from './literal.ts';
import type { Asked } from './takeaway.ts';

/** One document that runs as it stands: what was asked are the defaults of its variables. Of several operations one is chosen by its name. */
export function toGraphQL(asked: readonly Asked[]): string {
  const definitions = new Map<string, DefinitionNode>();
  for (const { document, variables } of asked)
    for (const definition of document.definitions) {
      const isOperation = definition.kind === Kind.OPERATION_DEFINITION;
      const next = isOperation ? withDefaults(definition, variables) : definition;
      const name = 'name' in next ? (next.name?.value ?? '') : '';
      const key = `${next.kind} ${name}`;
      if (!definitions.has(key)) definitions.set(key, next);
      else if (isOperation) definitions.set(`${key} ${definitions.size}`, renamed(next as OperationDefinitionNode, definitions.size));
    }
  return `${print({ kind: Kind.DOCUMENT, definitions: [...definitions.values()] })}\n`;
}

/** @param url of the endpoint */
export function toTypeScript(asked: readonly Asked[], url: string): string {
  const names = [...new Set(asked.map(({ document }) => `${operationOf(document).name?.value}Document`))].sort();
  const statements = asked.map(({ document, variables }, index) => {
    const { name, operation } = operationOf(document);
    const call = `(${name?.value}Document, ${literal(variables as Json, languages.typescript)})`;
    const answer = asked.length > 1 ? `answer${index + 1}` : 'answer';
    if (operation === 'subscription')
      return `for await (const event of client.subscribe${call}) {\n  console.log(event);\n}`;
    return `const ${answer} = await client.request${call};\nconsole.log(${answer});`;
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
  const follows = asked.some(({ document }) => operationOf(document).operation === 'subscription');
  const asks = asked.some(({ document }) => operationOf(document).operation !== 'subscription');
  const calls = asked.map(({ document, variables }) => {
    const isFollowed = operationOf(document).operation === 'subscription';
    const text = `"""\n${print(document).replaceAll('\\', '\\\\').replaceAll('"""', '\\"\\"\\"')}\n"""`;
    const given = literal(variables as Json, languages.python);
    return isFollowed ? `for event in follow(${text}, ${given}):\n    print(event)\n` : `print(json.dumps(ask(${text}, ${given}), indent=2))\n`;
  });
  return [
    'import json\nfrom urllib.request import Request, urlopen\n',
    `URL = ${JSON.stringify(url)}\n`,
    pythonSend,
    ...(asks ? [pythonAsk] : []),
    ...(follows ? [pythonFollow] : []),
    ...calls,
  ].join('\n');
}

const pythonSend = `
def send(document, variables, accept):
    body = json.dumps({"query": document, "variables": variables}).encode()
    return urlopen(Request(URL, body, {"content-type": "application/json", "accept": accept}))

`;

const pythonAsk = `
def ask(document, variables):
    with send(document, variables, "application/json") as response:
        return json.load(response)

`;

const pythonFollow = `
def follow(document, variables):
    with send(document, variables, "text/event-stream") as response:
        for line in response:
            if line.startswith(b"data: {"):
                yield json.loads(line[6:])

`;

function operationOf(document: DocumentNode): OperationDefinitionNode {
  const found = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!found) throw new Error('A document of the client is an operation');
  return found;
}

function withDefaults(operation: OperationDefinitionNode, variables: Asked['variables']): OperationDefinitionNode {
  const given = (definition: VariableDefinitionNode): VariableDefinitionNode => {
    const name = definition.variable.name.value;
    const value = variables[name] as Json | undefined;
    if (value === undefined) return definition;
    const isEnumeration = isNamed(definition, /^(?!String$|ID$|DateTime$)/);
    const written = literal(value, languages.graphql, '', isEnumeration ? name : undefined);
    return { ...definition, defaultValue: parseValue(written, { noLocation: true }) as never };
  };
  return { ...operation, variableDefinitions: operation.variableDefinitions?.map(given) ?? [] };
}

function renamed(operation: OperationDefinitionNode, number: number): OperationDefinitionNode {
  return { ...operation, name: { kind: Kind.NAME, value: `${operation.name?.value}${number}` } };
}
