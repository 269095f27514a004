/**
 * The client's documents as the page loads them: printed, with each fragment once. In the client they are syntax trees with
 * all their fragments each, and need a parser or a printer beside them.
 */
import { type DocumentNode, Kind, type OperationDefinitionNode, print } from 'graphql';
import type { Plugin } from 'vite';

const generated = /\/client\/generated\/graphql\.ts$/;
/** `export const RunDocument = {…} as unknown as DocumentNode<…>;`, one a line. */
const document = /^export const (\w+Document) = (\{.*\}) as unknown as DocumentNode<.*;$/gm;

export function printedDocuments(): Plugin {
  return {
    name: 'printed-documents',
    enforce: 'pre',
    transform: { filter: { id: generated }, handler: withTexts },
  };
}

/**
 * @param code of the client's generated module
 * @returns the same, each document with its text where a parser would leave it, `loc.source.body`, and of its tree the
 *   operation's name and variables alone
 */
export function withTexts(code: string): string {
  const fragments = new Map<string, string>();
  const documents = code.replace(document, (_, name: string, tree: string) => {
    const { definitions } = JSON.parse(tree) as DocumentNode;
    const texts = definitions.map((definition) => {
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) return JSON.stringify(print(definition));
      const constant = `${definition.name.value}Text`;
      fragments.set(constant, JSON.stringify(print(definition)));
      return constant;
    });
    const operation = JSON.stringify(headOf(definitions[0] as OperationDefinitionNode));
    const body = texts.join(" + '\\n\\n' + ");
    return `export const ${name} = { kind: 'Document', definitions: [${operation}], loc: { source: { body: ${body} } } };`;
  });
  return [...[...fragments].map(([name, text]) => `const ${name} = ${text};`), documents].join('\n');
}

function headOf({ kind, operation, name, variableDefinitions }: OperationDefinitionNode): object {
  return { kind, operation, name, variableDefinitions };
}
