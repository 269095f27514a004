import { activations } from './activations.ts';
import { circuits } from './circuits.ts';
import { circulation } from './circulation.ts';
import { citedContext } from './cited-context.ts';
import type { Estimable } from './estimable.ts';
import { generation } from './generation.ts';
import { lens } from './lens.ts';
import { logitAttribution } from './logit-attribution.ts';
import { logitAttributions } from './logit-attributions.ts';
import { targetCandidates } from './target-candidates.ts';

/** Every operation that can be estimated. */
export const estimables: readonly Estimable[] = [
  logitAttribution,
  logitAttributions,
  circulation,
  circuits,
  targetCandidates,
  lens,
  activations,
  generation,
  citedContext,
];
