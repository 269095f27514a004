/** Bounds of what fields are asked for. A count out of them costs its field alone, and nothing is computed for it. */
import { requireInBounds } from '../errors.ts';
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
