/** Reads what the `target` and `linearised` graphs say of a position: logit, probability, rank, lens and direction. */
import type { LoadedModel } from './loaded-model.ts';
import { at } from './rows.ts';
import { floats, floatsOf, integers, integersOf, rowsOf, type Tensor, type Tensors } from './tensor.ts';

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
  /** Of the final norm; 1 without one. */
  readonly scale: number;
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
  return (await readEach(model, x, [request], top))[0] as TargetReading;
}

/**
 * A target of its own in each of the first rows, which share one reading of the unembedding.
 * @param x [rows, position, width] @param requests of one kind
 */
export async function readEach(
  model: LoadedModel,
  x: Tensor,
  requests: readonly TargetRequest[],
  top: number,
): Promise<TargetReading[]> {
  return readingsOf(model, x, requests, await runTarget(model, x, requests, top));
}

/**
 * What the model says next at a position: its own choice as a target, and the logits of the whole vocabulary, after a softcap.
 * @param x [1, position, width]
 */
export async function readNext(
  model: LoadedModel,
  x: Tensor,
  request: Pick<TargetRequest, 'position' | 'kind'>,
  top: number,
): Promise<{ readonly own: TargetReading; readonly logits: Float32Array }> {
  const requests = [{ ...request, token: null, against: null }];
  const out = await runTarget(model, x, requests, Math.max(top, 1), ['capped_logits']);
  const [own] = await readingsOf(model, x, requests, out);
  return { own: own as TargetReading, logits: floatsOf(out, 'capped_logits') };
}

/** @param out of `target` */
async function readingsOf(
  model: LoadedModel,
  x: Tensor,
  requests: readonly TargetRequest[],
  out: Tensors,
): Promise<TargetReading[]> {
  const rows = requests.length;
  const tokens = integersOf(out, 'resolved_token');
  const kind = requests[0]?.kind;
  const resolved = requests.map((request, row) => ({ ...request, token: at(tokens, row) }));
  const linear = kind ? await runLinearised(model, x, resolved) : out;
  const lensTokens = integersOf(out, 'top_tokens');
  const lensWidth = lensTokens.length / rows;
  return resolved.map(({ position, token, against }, row) => {
    const of = (tensors: Tensors, name: string) => at(floatsOf(tensors, name), row);
    const [logit, cappedLogit, logSumExp] = [of(out, 'logit'), of(out, 'capped_logit'), of(out, 'log_sum_exp')];
    const logProbability = cappedLogit - logSumExp;
    const direction = rowsOf(linear.direction as Tensor).row(row);
    return {
      target: {
        position,
        token,
        against,
        ...(kind && { kind }),
        logit,
        cappedLogit,
        logProbability,
        probability: Math.exp(logProbability),
        rank: of(out, 'rank'),
      },
      attributed: kind ? of(linear, 'value') : against === null ? logit : logit - of(out, 'against_logit'),
      direction,
      derivative: rowsOf(linear.derivative as Tensor).row(row),
      scale: of(out, 'scale'),
      bias: of(linear, 'bias'),
      ...(kind && { intercept: of(linear, 'value') - of(linear, 'linear') }),
      magnitude: magnitudeOf(direction, rowsOf(x).row(row * (x.dims[1] ?? 1) + position)),
      lens: lensTokens.slice(row * lensWidth, (row + 1) * lensWidth).map((token, index) => {
        const lensLogit = at(floatsOf(out, 'top_logits'), row * lensWidth + index);
        return { token, logit: lensLogit, probability: Math.exp(lensLogit - logSumExp), rank: index + 1 };
      }),
    };
  });
}

/** A target whose token is known. */
export type ResolvedTarget = TargetRequest & { readonly token: number };

/** @param direction, row [width] */
function magnitudeOf(direction: Float32Array, row: Float32Array): number {
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
    const out = await runLinearised(model, x, Array<ResolvedTarget>(rows).fill(request));
    return { attributed: Array.from(floatsOf(out, 'value')), derivative: floatsOf(out, 'derivative') };
  }
  const out = await runTarget(model, x, Array<TargetRequest>(rows).fill(request), 1);
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
  const out = await runTarget(model, x, Array<TargetRequest>(x.dims[0] ?? 0).fill(request), 1);
  const logSumExp = floatsOf(out, 'log_sum_exp');
  return Array.from(floatsOf(out, 'capped_logit'), (logit, row) => Math.exp(logit - at(logSumExp, row)));
}

/**
 * Directions of named tokens as far as the weights tell them, without the scale of the final norm. [width] each
 * @param requests of logits
 */
export async function unscaledDirections(
  model: LoadedModel,
  requests: readonly ResolvedTarget[],
): Promise<Float32Array[]> {
  const out = await model.run('direction', {
    token: integers(requests.map(({ token }) => token)),
    against: integers(requests.map(({ against }) => against ?? -1)),
  });
  return [...rowsOf(out.direction as Tensor)];
}

/** What of `target` leaves onnxruntime: of all but one token of the vocabulary nothing. */
const targetOutputs = [
  ...['resolved_token', 'logit', 'against_logit', 'capped_logit', 'log_sum_exp', 'rank', 'scale'],
  ...['top_logits', 'top_tokens', 'direction', 'derivative', 'bias'],
] as const;

/** @param requests of the first rows @param others outputs that are wanted beside */
function runTarget(
  model: LoadedModel,
  x: Tensor,
  requests: readonly TargetRequest[],
  top: number,
  others: readonly string[] = [],
): Promise<Tensors> {
  const feeds = { ...targetFeeds(x, requests), top: integers([Math.min(top, model.specification.vocabularySize)]) };
  return model.run('target', feeds, [...targetOutputs, ...others]);
}

/** @param requests of the first rows, of one kind */
function runLinearised(model: LoadedModel, x: Tensor, requests: readonly ResolvedTarget[]): Promise<Tensors> {
  const probability = Float32Array.from(requests, ({ kind }) => (kind === 'PROBABILITY' ? 1 : 0));
  return model.run('linearised', { ...targetFeeds(x, requests), probability: floats(probability, requests.length) });
}

function targetFeeds(x: Tensor, requests: readonly TargetRequest[]): Tensors {
  return {
    x,
    at: integers(
      requests.flatMap(({ position }, row) => [row, position]),
      requests.length,
      2,
    ),
    token: integers(requests.map(({ token }) => token ?? -1)),
    against: integers(requests.map(({ against }) => against ?? -1)),
  };
}
