import { attributeAll, graphsOf } from '../../explain/attribution/attribute.ts';
import { longestOf } from '../../explain/attribution/continuations.ts';
import { attributionDemand } from '../../explain/attribution/demand.ts';
import { isBare, type ToldStep } from '../../explain/attribution/ledger/step.ts';
import { methodOf } from '../../explain/attribution/methods/registry.ts';
import type { AttributionRequest, AttributionResult } from '../../explain/attribution/result.ts';
import type { JobKind } from './kind.ts';

/** Attributes logits, one answer for each target, in order; tells a step of each as a block is passed. */
export const attribution: JobKind<AttributionRequest, readonly AttributionResult[], ToldStep> = {
  name: 'attribution',
  length: longestOf,
  graphs: graphsOf,
  demand: attributionDemand,
  lighter: ({ method, targets, selection }) => [
    'a shorter prompt',
    ...('steps' in (methodOf(method).options ?? {}) ? ['fewer `steps`'] : []),
    ...(targets.length > 1 ? ['fewer targets'] : []),
    ...(Object.keys(selection).length > 0 ? ['fewer fields selected'] : []),
    ...(method === 'FROZEN' ? [] : ['the method FROZEN']),
  ],
  isBare,
  run: attributeAll,
};
