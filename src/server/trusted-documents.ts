/** Documents that the server trusts, by their hashes: with them it answers no others. */
import { readFile } from 'node:fs/promises';
import { GraphQLError, parse } from 'graphql';
import type { RefusalCode } from '../errors.ts';

/** Of a request, as far as it says which document it is. */
export interface DocumentRequest {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

/** Tools differ in whether they say by what a hash was made. */
const algorithm = /^sha\d+:/;

const refused =
  'This server answers trusted documents only: send the hash of one, in `extensions.persistedQuery.sha256Hash` or `documentId`, in place of its text';

export class TrustedDocuments {
  readonly #byId = new Map<string, string>();
  /** Whoever sends the whole text of a trusted document asks no other: the page does. */
  readonly #texts = new Set<string>();

  /** @param manifests ids with the texts of documents */
  constructor(...manifests: readonly Readonly<Record<string, string>>[]) {
    for (const manifest of manifests) {
      for (const [id, text] of Object.entries(manifest)) {
        this.#byId.set(id.replace(algorithm, ''), text);
        this.#texts.add(text);
      }
    }
  }

  /** @returns the text of the document that is asked for. @throws GraphQLError UNTRUSTED_DOCUMENT where it is not one of these */
  textOf(asked: DocumentRequest): string {
    const { query } = asked;
    if (typeof query === 'string' && this.#texts.has(query)) return query;
    if (query) throw untrusted(refused, 403);
    const id = documentIdOf(asked);
    if (id === undefined) throw untrusted(refused, 400);
    const text = this.#byId.get(id.replace(algorithm, ''));
    if (text === undefined)
      throw untrusted(
        'No trusted document has this hash; TRUSTED_DOCUMENTS of the server names the file of those that it knows',
        400,
      );
    return text;
  }
}

/** @throws Error that says what is wrong with the file */
export async function readTrustedDocuments(path: string): Promise<Record<string, string>> {
  const wrong = (what: string, cause?: unknown) =>
    new Error(
      `TRUSTED_DOCUMENTS=${path}: ${what}. The file is a JSON object of hashes and the texts of their documents, as GraphQL Code Generator writes persisted-documents.json`,
      { cause },
    );
  const text = await readFile(path, 'utf8').catch((error) => {
    throw wrong(`it cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  });
  const manifest = parsed(text, (error) => wrong('it is no JSON', error));
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) throw wrong('it is no JSON object');
  const entries = Object.entries(manifest);
  if (entries.length === 0) throw wrong('it has no documents');
  for (const [id, document] of entries) {
    if (typeof document !== 'string') throw wrong(`what stands at ${id} is no text`);
    try {
      parse(document);
    } catch (error) {
      throw wrong(`what stands at ${id} is no GraphQL document: ${(error as Error).message}`, error);
    }
  }
  return manifest as Record<string, string>;
}

/** The id of a document that is asked for by it: see `DocumentRequest`. */
export function documentIdOf({ documentId, extensions }: DocumentRequest): string | undefined {
  const { persistedQuery } = (extensions ?? {}) as { readonly persistedQuery?: { readonly sha256Hash?: unknown } };
  const id = documentId ?? persistedQuery?.sha256Hash;
  return typeof id === 'string' ? id : undefined;
}

function untrusted(message: string, status: number): GraphQLError {
  const code: RefusalCode = 'UNTRUSTED_DOCUMENT';
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}

function parsed(text: string, wrong: (error: unknown) => Error): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(error);
  }
}
