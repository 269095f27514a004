import type { Rules } from './rules.ts';

/** The frozen linear map, transposed: patterns, norm scales and gates are what they were in this run. */
export const frozen: Rules = { norm: 'HELD', pattern: 'HELD', activation: 'GATE', product: 'HELD' };
