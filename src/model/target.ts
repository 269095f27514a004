/** Reads what the `target` graph says of a position: logit, probability, rank, lens and the target's direction. */
import type { TargetRequest, TargetResult } from '../attribution/result.ts';
import type { LensTokenResult } from '../circulation/event.ts';
import type { LoadedModel } from './loaded-model.ts';
import { floatsOf, integers, integersOf, type Tensor, type Tensors } from './tensor.ts';

export interface TargetReading {
  readonly target: TargetResult;
  /** What is attributed: the token's logit, for a contrast the difference, before a softcap. */
  readonly attributed: number;
  /** Gradient of `attributed` at x, its norm's scale held: g^L at the target's position. [width] */
  readonly direction: Float32Array;
  /** The same by the norm's true derivative. [width] */
  readonly derivative: Float32Array;
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
  const out = await runTarget(model, x, 1, request, top);
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
    derivative: floatsOf(out, 'derivative'),
    bias: one('bias'),
    lens: integersOf(out, 'top_tokens').map((token, index) => {
      const lensLogit = topLogits[index] as number;
      return { token, logit: lensLogit, probability: Math.exp(lensLogit - logSumExp), rank: index + 1 };
    }),
  };
}

export interface RowReadings {
  /** What is attributed, of each row. */
  readonly attributed: readonly number[];
  /** Its gradient at x, each row by the true derivative of its own norm. [rows, width] */
  readonly derivative: Float32Array;
}

/** The same target in each row of a batch. @param x [rows, position, width] */
export async function readRows(
  model: LoadedModel,
  x: Tensor,
  request: TargetRequest & { readonly token: number },
): Promise<RowReadings> {
  const out = await runTarget(model, x, x.dims[0] ?? 0, request, 1);
  const against = floatsOf(out, 'against_logit');
  return {
    attributed: Array.from(floatsOf(out, 'logit'), (logit, row) =>
      request.against === null ? logit : logit - (against[row] as number),
    ),
    derivative: floatsOf(out, 'derivative'),
  };
}

/** @param rows how many of the first rows are read */
function runTarget(
  model: LoadedModel,
  x: Tensor,
  rows: number,
  { position, token, against }: TargetRequest,
  top: number,
): Promise<Tensors> {
  const each = (value: number) => integers(Array<number>(rows).fill(value));
  return model.run('target', {
    x,
    at: integers(Array.from({ length: rows }, (_, row) => [row, position]).flat(), rows, 2),
    token: each(token ?? -1),
    against: each(against ?? -1),
    top: integers([Math.min(top, model.specification.vocabularySize)]),
  });
}
