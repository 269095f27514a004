/** Documents that were parsed and validated: many who follow a run ask for it in the same words. */
import type { ExecutionArgs, GraphQLError } from 'graphql';
import { schema } from '../api/schema.ts';
import { ByteCache } from '../byte-cache.ts';
import type { Asked, Documents } from './limits.ts';

export type Prepared = Omit<ExecutionArgs, 'contextValue'>;

/** What those that are kept may take; and what they do, roughly: a token with its node, and a character with its value. */
const mostBytes = 16e6;
const tokenBytes = 500;
const characterBytes = 16;

export class PreparedDocuments {
  readonly #documents: Documents;
  readonly #known = new ByteCache<Prepared>(mostBytes);

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** @returns what is wrong, where something is. @throws GraphQLError as `Documents.parse` */
  prepare({ query, variables, operationName }: Asked & { query: string }): Prepared | readonly GraphQLError[] {
    const key = keyOf({ query, operationName, variables });
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known) return known;
    const document = this.#documents.parse(query);
    const errors = this.#documents.validate(schema, document, { variables, operationName });
    if (errors.length > 0) return errors;
    const args = { schema, document, operationName: operationName ?? null, variableValues: variables ?? {} };
    const bytes = tokenBytes * (document.tokenCount ?? 0) + characterBytes * (key?.length ?? 0);
    if (key !== undefined) this.#known.set(key, args, bytes);
    return args;
  }
}

/** Undefined for values that are nested too deeply to be written, which no valid ones are. */
function keyOf({ query, operationName, variables }: Asked & { query: string }): string | undefined {
  try {
    return JSON.stringify([query, operationName, variables]);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
