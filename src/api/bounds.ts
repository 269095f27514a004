/** Bounds of what fields are asked for. A count out of them costs its field alone, and nothing is computed for it. */
import { GraphQLError } from 'graphql';
import { inputError, requireInBounds } from '../errors.ts';
import { orGraphQLError } from './failures.ts';

/** The most of a list of the strongest that one field may be asked for. */
export const longestList = 1000;

export function isInBounds(count: number, most: number = longestList): boolean {
  return count >= 0 && count <= most;
}

/** @throws GraphQLError with the code INPUT, of the field being resolved */
export function requireCount(argument: string, count: number, most: number = longestList): Promise<void> {
  return orGraphQLError(() => requireInBounds(argument, count, 0, most));
}

/** The most of a page of stored runs. */
export const longestPage = 100;

/** Of GraphQL's Int. */
const maxInt = 2 ** 31 - 1;

interface Page {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

/**
 * Reads a page of a connection.
 * @param most that it may have
 * @throws GraphQLError with the code INPUT for what is no page; as `orGraphQLError`
 */
export function readPage<Result>(
  { first, last, after }: Page,
  read: () => Result | Promise<Result>,
  most: number = maxInt,
): Promise<Result> {
  return orGraphQLError(async () => {
    for (const [name, count] of Object.entries({ first, last }))
      if (typeof count === 'number') requireInBounds(name, count, 0, most);
    try {
      return await read();
    } catch (error) {
      // Pothos has nothing else to find fault with.
      if (!(error instanceof GraphQLError) || 'code' in error.extensions) throw error;
      const field = typeof after === 'string' ? 'after' : 'before';
      throw inputError(field, `\`${field}\` is no cursor of this list; take one of its edges, or of pageInfo`);
    }
  });
}
