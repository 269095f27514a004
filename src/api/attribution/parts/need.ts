import type { Grain } from '../../../explain/attribution/result.ts';

/** What a field needs: a key of the selection, and how many of a list of the strongest; 1 of what is no list. */
export type Need = readonly [key: Grain, count: number];
