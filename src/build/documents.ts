/**
 * The client's documents as the page loads them: printed, without their indentation, with each fragment once. In the client
 * they are syntax trees with all their fragments each, and need a parser or a printer beside them. Each is a module of its
 * own, so that what only a later script asks stands in that script.
 */
import { hash } from 'node:crypto';
import { type ASTNode, type DocumentNode, Kind, print } from 'graphql';
import type { Plugin } from 'vite';
import { documentsFile } from './documents-file.ts';

const generated = /\/client\/generated\/graphql\.ts$/;
/** `export const RunDocument = {…} as unknown as DocumentNode<…>;`, one a line. */
const document = /^export const (\w+Document) = (\{.*\}) as unknown as DocumentNode<.*;$/gm;
const scheme = 'document:';

export function printedDocuments(): Plugin {
  let modules: ReadonlyMap<string, string> = new Map();
  let asked: readonly string[] = [];
  return {
    name: 'printed-documents',
    enforce: 'pre',
    transform: {
      filter: { id: generated },
      handler: (code) => {
        const texts = withTexts(code);
        modules = texts.modules;
        asked = texts.documents;
        return texts.code;
      },
    },
    generateBundle() {
      const source = JSON.stringify(Object.fromEntries(asked.map((text) => [hash('sha256', text), text])));
      this.emitFile({ type: 'asset', fileName: documentsFile, source });
    },
    resolveId: { filter: { id: new RegExp(`^${scheme}`) }, handler: (id) => `\0${id}` },
    load: {
      filter: { id: new RegExp(`^\0${scheme}`) },
      handler: (id) => ({ code: modules.get(id.slice(1)) ?? '', moduleSideEffects: false }),
    },
  };
}

export interface Texts {
  /** The same module, with its documents taken from modules of their own. */
  readonly code: string;
  /** By what they are imported as: `document:Run`, each with one constant. */
  readonly modules: ReadonlyMap<string, string>;
  /** Each document as it is sent. */
  readonly documents: readonly string[];
}

/** @param code of the client's generated module */
export function withTexts(code: string): Texts {
  const modules = new Map<string, string>();
  const sent: string[] = [];
  const documents = code.replace(document, (_, name: string, tree: string) => {
    const { definitions } = JSON.parse(tree) as DocumentNode;
    sent.push(definitions.map(textOf).join('\n\n'));
    const fragments: string[] = [];
    const texts = definitions.map((definition) => {
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) return JSON.stringify(textOf(definition));
      const constant = `${definition.name.value}Text`;
      modules.set(scheme + constant, `export const ${constant} = ${JSON.stringify(`\n\n${textOf(definition)}`)};`);
      fragments.push(`import { ${constant} } from '${scheme}${constant}';`);
      return constant;
    });
    modules.set(scheme + name, [...fragments, `export const ${name} = ${texts.join(' + ')};`].join('\n'));
    return `export { ${name} } from '${scheme}${name}';`;
  });
  return { code: documents, modules, documents: sent };
}

function textOf(definition: ASTNode): string {
  return print(definition).replace(/^ +/gm, '');
}
