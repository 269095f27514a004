/** The queries behind a view, ready to paste: as GraphQL, for the typed client, for Python. */
import { type DocumentNode, print } from 'graphql';
import { indented } from './indented.ts';
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
    const isNamesake = all.slice(0, index).some((other) => nameOf(other.document) === operation.name);
    const name = isNamesake ? `${operation.name}${index + 1}` : operation.name;
    const text = JSON.stringify(variables);
    if (text.split(',').length > mostWritten)
      return `# ${name} with the variables ${text}\n${written({ ...operation, name })}`;
    return written({ ...operation, name, variables: withDefaults(operation.variables, variables) });
  });
  const fragments = new Set(asked.flatMap(({ document }) => definitionsOf(document).slice(1)));
  return `${[...operations, ...fragments].join('\n\n')}\n`;
}

/** @param url of the endpoint */
export function toTypeScript(asked: readonly Asked[], url: string): string {
  const names = [...new Set(asked.map(({ document }) => `${nameOf(document)}Document`))].sort();
  const statements = distinct(asked).map(({ document, variables }, index, all) => {
    const { type } = operationOf(document);
    const call = `(${nameOf(document)}Document, ${literal(variables as Json, languages.typescript)})`;
    const answer = all.length > 1 ? `answer${index + 1}` : 'answer';
    if (type === 'subscription')
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
  const isFollowed = ({ document }: Asked) => operationOf(document).type === 'subscription';
  const calls = questions.map((question, index) => {
    const document = questions.length > 1 ? `document${index + 1}` : 'document';
    const text = indented(print(question.document)).replaceAll('\\', '\\\\').replaceAll('"""', '\\"\\"\\"');
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

/** `query`, `mutation` or `subscription`, and its parts as they are printed. */
interface Operation {
  readonly type: string;
  readonly name: string;
  readonly variables: readonly Variable[];
  readonly selection: string;
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly value?: string | undefined;
}

/** Printed: the operation, then the fragments. */
function definitionsOf(document: DocumentNode): string[] {
  return indented(print(document)).split('\n\n');
}

function operationOf(document: DocumentNode): Operation {
  const [operation = ''] = definitionsOf(document);
  const [, type = '', name = '', variables = '', selection = ''] =
    /^(\w+) (\w+)(?:\(([^)]*)\))? (\{.*)$/s.exec(operation) ?? [];
  const each = variables.matchAll(/\$(\w+): ([\w![\]]+)(?: = (\[[^\]]*\]|[^,\n]+))?/g);
  return {
    type,
    name,
    variables: Array.from(each, ([, name = '', type = '', value]) => ({ name, type, value })),
    selection,
  };
}

function written({ type, name, variables, selection }: Operation): string {
  const each = variables.map(
    (variable) => `$${variable.name}: ${variable.type}${variable.value ? ` = ${variable.value}` : ''}`,
  );
  return `${type} ${name}${each.length > 0 ? `(${each.join(', ')})` : ''} ${selection}`;
}

/** As it stands in operations.graphql. */
function nameOf(document: DocumentNode): string {
  return operationOf(document).name;
}

function withDefaults(variables: readonly Variable[], given: Asked['variables']): Variable[] {
  return variables.map(({ name, type, value }) => {
    const own = given[name] as Json | undefined;
    if (own === undefined) return { name, type, value };
    const isText = ['String', 'ID', 'DateTime'].includes(type.replace(/[![\]]/g, ''));
    const isObject = typeof own === 'object' && own !== null && !Array.isArray(own);
    return { name, type, value: literal(own, isText || isObject ? languages.graphql : languages.enumeration) };
  });
}

/** Views may name the same question twice. */
function distinct(asked: readonly Asked[]): readonly Asked[] {
  const key = ({ document, variables }: Asked) => `${nameOf(document)} ${JSON.stringify(variables)}`;
  return [...new Map(asked.map((one) => [key(one), one])).values()];
}
