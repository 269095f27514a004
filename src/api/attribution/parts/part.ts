/** Fields of an attribution that are computed when they are selected: how each says what it needs. */
import type { Grain } from '../../../explain/attribution/result.ts';
import { computes } from '../../builder.ts';
import { type Extent, extent } from '../../expected-size.ts';

/** The most of a list of the strongest that one query may ask for. */
export const longestList = 1000;

/** What an attribution by one pass costs beside what is selected of it. */
export const passComplexity = 100;

/** What a field needs: a key of the selection, and how many of a list of the strongest; 1 of what is no list. */
export type Need = readonly [key: Grain, count: number];

/**
 * To be spread into the options of a field: a selection with the field in it has what it needs.
 * @param of its size, where that is not the count
 */
export function needs<Args extends object>(need: (args: Args) => Need, of: Extent<Args> = (_, args) => need(args)[1]) {
  const size: Extent<Args> = (dimensions, args) =>
    dimensions.has?.(need(args)[0]) === false ? 0 : of(dimensions, args);
  return { extensions: { needs: need, ...extent(size).extensions, ...computes } };
}

/** How a part stands in `SelectionInput`, by which it is estimated before it is asked for. */
export interface Estimated {
  /** Name of the input field: a count where the part is a list, otherwise whether. */
  readonly field: string;
  readonly list: boolean;
  readonly description: string;
  readonly key: Grain;
}

export const emptyTensor = { shape: [0], values: new Float32Array() };
