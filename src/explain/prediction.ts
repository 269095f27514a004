/** What the model predicts at one position: figures of tokens that were named, and its likeliest ones. */

import { type Demand, type ModelCost, sum } from '../inference/cost.ts';
import { forwardPass, keepNothing } from '../inference/forward-pass.ts';
import type { Gate } from '../inference/gate.ts';
import type { LoadedModel } from '../inference/loaded-model.ts';
import { at } from '../inference/rows.ts';
import type { LensTokenResult } from '../inference/target.ts';
import { firstOf, floatsOf, integers, integersOf } from '../inference/tensor.ts';

export interface PredictionRequest {
  readonly inputIds: readonly number[];
  /** The position that predicts, absolute. */
  readonly position: number;
  /** Ids within the model's vocabulary, whose figures are wanted. */
  readonly tokens: readonly number[];
  /** How many of the likeliest tokens are wanted. */
  readonly top: number;
}

export interface PredictionResult {
  /** In the order of the request. Logits are those after a softcap. */
  readonly tokens: readonly LensTokenResult[];
  /** Likeliest first. */
  readonly likeliest: readonly LensTokenResult[];
}

/** The sessions that a prediction needs. */
export const predictionGraphs = ['embedding', 'forward', 'target'] as const;

export function predictionDemand(model: ModelCost, { position, tokens }: PredictionRequest): Demand {
  const length = position + 1;
  const rows = Math.max(tokens.length, 1);
  return {
    cost: sum(model.embedding(length), model.forward(1, length, 1), model.target(rows)),
    activations:
      model.activations.kept(undefined, 1, length, () => []) +
      Math.max(model.activations.forwardWork(1, length), model.activations.targetWork(rows)),
  };
}

/** One forward pass up to the position that predicts, which keeps nothing. @throws TributaryError CANCELLED between two blocks */
export async function predict(
  model: LoadedModel,
  { inputIds, position, tokens, top }: PredictionRequest,
  gate: Gate,
): Promise<PredictionResult> {
  const end = position + 1;
  const positions = model.positions(inputIds.length, { from: 0, to: end }, [position]);
  const { last } = await forwardPass(model, inputIds.slice(0, end), gate, keepNothing, positions);
  // One row for each token; the likeliest are read off the first, so there is always one.
  const rows = tokens.length > 0 ? tokens : [-1];
  const out = await model.run(
    'target',
    {
      x: last,
      at: integers(
        rows.flatMap(() => [0, position]),
        rows.length,
        2,
      ),
      token: integers(rows),
      against: integers(rows.map(() => -1)),
      top: integers([Math.min(top, model.specification.vocabularySize)]),
    },
    ['capped_logit', 'log_sum_exp', 'rank', 'top_logits', 'top_tokens'],
  );
  const logits = floatsOf(out, 'capped_logit');
  const ranks = floatsOf(out, 'rank');
  const logSumExp = firstOf(out, 'log_sum_exp');
  const reading = (token: number, logit: number, rank: number): LensTokenResult => ({
    token,
    logit,
    probability: Math.exp(logit - logSumExp),
    rank,
  });
  const topLogits = floatsOf(out, 'top_logits');
  const count = topLogits.length / rows.length;
  return {
    tokens: tokens.map((token, row) => reading(token, at(logits, row), at(ranks, row))),
    likeliest: integersOf(out, 'top_tokens')
      .slice(0, count)
      .map((token, index) => reading(token, at(topLogits, index), index + 1)),
  };
}
