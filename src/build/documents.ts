/**
 * The client's documents as the page loads them: printed, without their indentation, with each fragment once. In the client
 * they are syntax trees with all their fragments each, and need a parser or a printer beside them.
 */
import { type ASTNode, type DocumentNode, Kind, print } from 'graphql';
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
 * @returns the same, each document a text
 */
export function withTexts(code: string): string {
  const fragments = new Map<string, string>();
  const documents = code.replace(document, (_, name: string, tree: string) => {
    const { definitions } = JSON.parse(tree) as DocumentNode;
    const texts = definitions.map((definition) => {
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) return JSON.stringify(textOf(definition));
      const constant = `${definition.name.value}Text`;
      fragments.set(constant, JSON.stringify(`\n\n${textOf(definition)}`));
      return constant;
    });
    return `export const ${name} = ${texts.join(' + ')};`;
  });
  return [...[...fragments].map(([name, text]) => `const ${name} = ${text};`), documents].join('\n');
}

function textOf(definition: ASTNode): string {
  return print(definition).replace(/^ +/gm, '');
}
