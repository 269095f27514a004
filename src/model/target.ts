/** Reads what the `target` graph says of one position: logit, probability, rank, lens and the target's direction. */
import type { TargetRequest, TargetResult } from '../attribution/result.ts';
import type { LensTokenResult } from '../circulation/event.ts';
import type { LoadedModel } from './loaded-model.ts';
import { floatsOf, integers, integersOf, type Tensor } from './tensor.ts';

export interface TargetReading {
  readonly target: TargetResult;
  /** What is attributed: the token's logit, for a contrast the difference, before a softcap. */
  readonly attributed: number;
  /** Gradient of `attributed` at x, its norm's scale held: g^L at the target's position. [width] */
  readonly direction: Float32Array;
  /** What β of the final norm and b_U contribute. */
  readonly bias: number;
  /** The model's likeliest tokens, `top` of them. */
  readonly lens: readonly LensTokenResult[];
}

/** @param x [rows, position, width], row 0 is the residual stream that is read. */
export async function readTarget(
  model: LoadedModel,
  x: Tensor,
  request: TargetRequest,
  top = 1,
): Promise<TargetReading> {
  const out = await model.run('target', {
    x,
    at: integers([0, request.position], 1, 2),
    token: integers([request.token ?? -1]),
    against: integers([request.against ?? -1]),
    top: integers([Math.min(top, model.specification.vocabularySize)]),
  });
  const one = (name: string) => floatsOf(out, name)[0] as number;
  const logit = one('logit');
  const logSumExp = one('log_sum_exp');
  const logProbability = one('capped_logit') - logSumExp;
  const topLogits = floatsOf(out, 'top_logits');
  return {
    target: {
      position: request.position,
      token: integersOf(out, 'resolved_token')[0] as number,
      against: request.against,
      logit,
      cappedLogit: one('capped_logit'),
      logProbability,
      probability: Math.exp(logProbability),
      rank: one('rank'),
    },
    attributed: request.against === null ? logit : logit - one('against_logit'),
    direction: floatsOf(out, 'direction'),
    bias: one('bias'),
    lens: integersOf(out, 'top_tokens').map((token, index) => {
      const lensLogit = topLogits[index] as number;
      return { token, logit: lensLogit, probability: Math.exp(lensLogit - logSumExp), rank: index + 1 };
    }),
  };
}
