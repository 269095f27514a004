/** Reads what the `target` and `linearised` graphs say of a position: logit, probability, rank, lens and direction. */
import type { LoadedModel } from './loaded-model.ts';
import { at } from './rows.ts';
import { firstOf, floats, floatsOf, integers, integersOf, rowsOf, type Tensor, type Tensors } from './tensor.ts';

/** What is explained of a target: its logit, or its (log-)probability linearised at the logits of the run. */
export const targetKinds = ['LOGIT', 'LOG_PROBABILITY', 'PROBABILITY'] as const;
export type TargetKind = (typeof targetKinds)[number];

/** What to attribute. Positions are absolute here (0-based); `token` null is the model's own top choice. */
export interface TargetRequest {
  readonly position: number;
  readonly token: number | null;
  /** Makes it a contrast: the direction is W_U[:, token] − W_U[:, against]. */
  readonly against: number | null;
  /** Absent: LOGIT. */
  readonly kind?: Exclude<TargetKind, 'LOGIT'> | undefined;
}

/** A target with what the model says about it. `logit` is before a final softcap, the other figures after it. */
export interface TargetResult {
  readonly position: number;
  readonly token: number;
  readonly against: number | null;
  readonly kind?: TargetRequest['kind'];
  /** Logit of `token` (of `token` alone also where there is an `against`), before the final softcap. */
  readonly logit: number;
  /** Logit after the final softcap; equals `logit` where the model has none. */
  readonly cappedLogit: number;
  readonly logProbability: number;
  readonly probability: number;
  /** 1 is the model's top choice. */
  readonly rank: number;
}

export interface LensTokenResult {
  readonly token: number;
  readonly logit: number;
  readonly probability: number;
  readonly rank: number;
}

export interface TargetReading {
  readonly target: TargetResult;
  /** What is attributed: the token's logit, for a contrast the difference, before a softcap; or its (log-)probability. */
  readonly attributed: number;
  /** Gradient of `attributed` at x, its norm's scale held: g^L at the target's position. [width] */
  readonly direction: Float32Array;
  /** The same by the norm's true derivative. [width] */
  readonly derivative: Float32Array;
  /** Σ_i |direction_i·x_i|: the products that `attributed` is a sum of, biases aside, without their signs. */
  readonly magnitude: number;
  /** What β of the final norm and b_U contribute. */
  readonly bias: number;
  /** f − ⟨∂f/∂logits, logits⟩ of a (log-)probability f; absent for a logit, which is linear. */
  readonly intercept?: number;
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
  const one = (name: string) => firstOf(out, name);
  const logit = one('logit');
  const logSumExp = one('log_sum_exp');
  const logProbability = one('capped_logit') - logSumExp;
  const topLogits = floatsOf(out, 'top_logits');
  const token = at(integersOf(out, 'resolved_token'), 0);
  const { position, against, kind } = request;
  const attributed = kind
    ? await readLinearised(model, x, { ...request, token, kind })
    : {
        attributed: against === null ? logit : logit - one('against_logit'),
        direction: floatsOf(out, 'direction'),
        derivative: floatsOf(out, 'derivative'),
        bias: one('bias'),
      };
  return {
    target: {
      position,
      token,
      against,
      ...(kind && { kind }),
      logit,
      cappedLogit: one('capped_logit'),
      logProbability,
      probability: Math.exp(logProbability),
      rank: one('rank'),
    },
    ...attributed,
    magnitude: magnitudeOf(attributed.direction, x, position),
    lens: integersOf(out, 'top_tokens').map((token, index) => {
      const lensLogit = at(topLogits, index);
      return { token, logit: lensLogit, probability: Math.exp(lensLogit - logSumExp), rank: index + 1 };
    }),
  };
}

/** A target whose token is known. */
export type ResolvedTarget = TargetRequest & { readonly token: number };

async function readLinearised(model: LoadedModel, x: Tensor, request: ResolvedTarget) {
  const out = await runLinearised(model, x, 1, request);
  const one = (name: string) => firstOf(out, name);
  return {
    attributed: one('value'),
    direction: floatsOf(out, 'direction'),
    derivative: floatsOf(out, 'derivative'),
    bias: one('bias'),
    intercept: one('value') - one('linear'),
  };
}

/** @param direction [width] @param x [rows, position, width], of which row 0 is read */
function magnitudeOf(direction: Float32Array, x: Tensor, position: number): number {
  const row = rowsOf(x).row(position);
  return direction.reduce((sum, value, index) => sum + Math.abs(value * at(row, index)), 0);
}

export interface RowReadings {
  /** What is attributed, of each row. */
  readonly attributed: readonly number[];
  /** Its gradient at x, each row by the true derivative of its own norm (and softmax). [rows, width] */
  readonly derivative: Float32Array;
}

/** The same target in each row of a batch. @param x [rows, position, width] */
export async function readRows(model: LoadedModel, x: Tensor, request: ResolvedTarget): Promise<RowReadings> {
  const rows = x.dims[0] ?? 0;
  if (request.kind) {
    const out = await runLinearised(model, x, rows, request);
    return { attributed: Array.from(floatsOf(out, 'value')), derivative: floatsOf(out, 'derivative') };
  }
  const out = await runTarget(model, x, rows, request, 1);
  const against = floatsOf(out, 'against_logit');
  return {
    attributed: Array.from(floatsOf(out, 'logit'), (logit, row) =>
      request.against === null ? logit : logit - at(against, row),
    ),
    derivative: floatsOf(out, 'derivative'),
  };
}

/** The probability of the target's token in each row of a batch. @param x [rows, position, width] */
export async function readProbabilities(model: LoadedModel, x: Tensor, request: ResolvedTarget): Promise<number[]> {
  const out = await runTarget(model, x, x.dims[0] ?? 0, request, 1);
  const logSumExp = floatsOf(out, 'log_sum_exp');
  return Array.from(floatsOf(out, 'capped_logit'), (logit, row) => Math.exp(logit - at(logSumExp, row)));
}

/** @param rows how many of the first rows are read */
function runTarget(model: LoadedModel, x: Tensor, rows: number, request: TargetRequest, top: number): Promise<Tensors> {
  return model.run('target', {
    ...targetFeeds(x, rows, request),
    top: integers([Math.min(top, model.specification.vocabularySize)]),
  });
}

function runLinearised(model: LoadedModel, x: Tensor, rows: number, request: ResolvedTarget): Promise<Tensors> {
  const probability = new Float32Array(rows).fill(request.kind === 'PROBABILITY' ? 1 : 0);
  return model.run('linearised', { ...targetFeeds(x, rows, request), probability: floats(probability, rows) });
}

function targetFeeds(x: Tensor, rows: number, { position, token, against }: TargetRequest): Tensors {
  const each = (value: number) => integers(Array<number>(rows).fill(value));
  return {
    x,
    at: integers(Array.from({ length: rows }, (_, row) => [row, position]).flat(), rows, 2),
    token: each(token ?? -1),
    against: each(against ?? -1),
  };
}
