import { attributeBatch, graphsOf } from '../../explain/attribution/attribute.ts';
import { type BatchRequest, requestsIn, type ToldInBatch } from '../../explain/attribution/batch-request.ts';
import { longestOf } from '../../explain/attribution/continuations.ts';
import { batchDemand } from '../../explain/attribution/demand.ts';
import { isBare } from '../../explain/attribution/ledger/step.ts';
import type { AttributionRequest, AttributionResult } from '../../explain/attribution/result.ts';
import { attribution } from './attribution.ts';
import type { JobKind } from './kind.ts';

/** Attributes logits of several prompts of one length: of each prompt one answer for each target, in order. */
export const attributionBatch: JobKind<BatchRequest, readonly (readonly AttributionResult[])[], ToldInBatch> = {
  name: 'attributionBatch',
  length: ({ prompts }) => Math.max(0, ...prompts.map(longestOf)),
  graphs: (request) => graphsOf(allIn(request)),
  demand: batchDemand,
  lighter: (request) => [
    ...(request.prompts.length > 1 ? ['fewer prompts'] : []),
    ...attribution.lighter(requestsIn(request)[0] as AttributionRequest),
  ],
  isBare,
  run: attributeBatch,
};

/** All targets as if of one prompt. */
function allIn({ prompts, ...rest }: BatchRequest): Omit<AttributionRequest, 'inputIds'> {
  return { ...rest, targets: prompts.flatMap(({ targets }) => targets) };
}
