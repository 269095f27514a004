import { attnLrp } from './attn-lrp.ts';
import { frozen } from './frozen.ts';
import { gradient } from './gradient.ts';
import type { Rules } from './rules.ts';

/** Every rule set that a reverse graph can be written with. */
export const ruleSets = { FROZEN: frozen, GRADIENT: gradient, ATTN_LRP: attnLrp } as const satisfies Record<
  string,
  Rules
>;
export type RuleSet = keyof typeof ruleSets;
