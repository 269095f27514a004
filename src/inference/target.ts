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
  /** Several tokens whose sum is attributed; `position` and `token` are then the last one's, and `against` is null. */
  readonly span?: SpanRequest | undefined;
}

/** Tokens of the prompt that follow one another, each predicted at the position before it. */
export interface SpanRequest {
  /** The place of the first one in the prompt: 1 at the least. */
  readonly from: number;
  readonly tokens: readonly number[];
  /** Another continuation of what stands before the span: the difference is attributed. */
  readonly against?: readonly number[];
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
  /** Of a span, of whose last token the figures above are. */
  readonly span?: SpanResult;
}

/** What the model says of a token of a span. */
export interface SpanTokenResult
  extends Pick<TargetResult, 'token' | 'logit' | 'cappedLogit' | 'logProbability' | 'probability' | 'rank'> {
  /** What is attributed of it. */
  readonly value: number;
}

export interface SpanResult {
  /** The place of the first one in the prompt. */
  readonly from: number;
  readonly tokens: readonly SpanTokenResult[];
  readonly against?: SpanAgainstResult;
}

/** Another continuation that a span is contrasted with. */
export interface SpanAgainstResult {
  readonly tokens: readonly SpanTokenResult[];
  /** What each contributes to the difference: of what it is contrasted with, less what that is attributed. */
  readonly scores: Float32Array;
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

/** A span as a whole: sums over its tokens, each of which was read at its own position. */
export interface SpanReading extends Pick<TargetReading, 'target' | 'attributed' | 'magnitude' | 'bias' | 'intercept'> {
  readonly each: readonly TargetReading[];
}

/** What was read of a target: of one position, or of a span. */
export type WholeReading = TargetReading | SpanReading;

/** What was read at each of its positions, first to last. */
export function eachIn(reading: WholeReading): readonly TargetReading[] {
  return 'each' in reading ? reading.each : [reading];
}

/** What was read where it predicts its last token. */
export function lastIn(reading: WholeReading): TargetReading {
  return eachIn(reading).at(-1) as TargetReading;
}

/** Each token of a target as a target by itself, first to last: what is attributed of it is their sum. */
export function eachOf<Request extends TargetRequest>(request: Request): (Request | ResolvedTarget)[] {
  const { span, kind } = request;
  if (!span) return [request];
  return span.tokens.map((token, index) => ({
    position: span.from - 1 + index,
    token,
    against: null,
    ...(kind && { kind }),
  }));
}

/** Positions that are read in one run at the most: of each there are the logits of a whole vocabulary. */
export const mostRead = 64;

/** A target at one position. @param x [rows, position, width], row 0 is the residual stream that is read. */
export async function readTarget(
  model: LoadedModel,
  x: Tensor,
  request: TargetRequest,
  top = 1,
): Promise<TargetReading> {
  return (await readEach(model, x, [request], top))[0] as TargetReading;
}

/** A target, be it a span: its positions share one reading of the unembedding. @param x as of `readTarget` */
export async function readWhole(model: LoadedModel, x: Tensor, request: TargetRequest): Promise<WholeReading> {
  return (await readAll(model, x, [{ ...request, row: 0 }]))[0] as WholeReading;
}

/**
 * Targets in any rows, be they spans: all positions of one kind share readings of the unembedding.
 * @param x [rows, position, width]
 */
export async function readAll(model: LoadedModel, x: Tensor, requests: readonly Placed[]): Promise<WholeReading[]> {
  const singles = requests.flatMap((request) => eachOf(request).map((single) => ({ ...single, row: request.row })));
  const readings: TargetReading[] = [];
  for (const places of Map.groupBy(singles.keys(), (place) => singles[place]?.kind).values()) {
    for (let start = 0; start < places.length; start += mostRead) {
      const some = places.slice(start, start + mostRead);
      const asked = some.map((place) => singles[place] as Placed);
      const found = await readingsOf(model, x, asked, await runTarget(model, x, asked, 1));
      for (const [index, place] of some.entries()) readings[place] = found[index] as TargetReading;
    }
  }
  let read = 0;
  return requests.map((request) => {
    const each = readings.slice(read, read + eachOf(request).length);
    read += each.length;
    return request.span ? spanReading(request.span, each) : (each[0] as TargetReading);
  });
}

function spanReading({ from }: SpanRequest, each: readonly TargetReading[]): SpanReading {
  const last = each.at(-1) as TargetReading;
  const total = (of: (reading: TargetReading) => number) => each.reduce((sum, reading) => sum + of(reading), 0);
  return {
    target: { ...last.target, span: { from, tokens: each.map(spanToken) } },
    attributed: total(({ attributed }) => attributed),
    magnitude: total(({ magnitude }) => magnitude),
    bias: total(({ bias }) => bias),
    ...(last.intercept !== undefined && { intercept: total(({ intercept }) => intercept ?? 0) }),
    each,
  };
}

function spanToken({ target, attributed }: TargetReading): SpanTokenResult {
  const { token, logit, cappedLogit, logProbability, probability, rank } = target;
  return { token, logit, cappedLogit, logProbability, probability, rank, value: attributed };
}

/** A target, and which row of a batch it is read in. */
export type Placed<Request extends TargetRequest = TargetRequest> = Request & { readonly row: number };

/** A target of its own in each of the first rows. */
function inRows<Request extends TargetRequest>(requests: readonly Request[]): Placed<Request>[] {
  return requests.map((request, row) => ({ ...request, row }));
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
  const asked = inRows(requests);
  return readingsOf(model, x, asked, await runTarget(model, x, asked, top));
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
  const requests = [{ ...request, token: null, against: null, row: 0 }];
  const out = await runTarget(model, x, requests, Math.max(top, 1), ['capped_logits']);
  const [own] = await readingsOf(model, x, requests, out);
  return { own: own as TargetReading, logits: floatsOf(out, 'capped_logits') };
}

/** @param out of `target` */
async function readingsOf(
  model: LoadedModel,
  x: Tensor,
  requests: readonly Placed[],
  out: Tensors,
): Promise<TargetReading[]> {
  const count = requests.length;
  const tokens = integersOf(out, 'resolved_token');
  const kind = requests[0]?.kind;
  const resolved = requests.map((request, index) => ({ ...request, token: at(tokens, index) }));
  const linear = kind ? await runLinearised(model, x, resolved) : out;
  const lensTokens = integersOf(out, 'top_tokens');
  const lensWidth = lensTokens.length / count;
  return resolved.map(({ position, token, against, row }, index) => {
    const of = (tensors: Tensors, name: string) => at(floatsOf(tensors, name), index);
    const [logit, cappedLogit, logSumExp] = [of(out, 'logit'), of(out, 'capped_logit'), of(out, 'log_sum_exp')];
    const logProbability = cappedLogit - logSumExp;
    const direction = rowsOf(linear.direction as Tensor).row(index);
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
      derivative: rowsOf(linear.derivative as Tensor).row(index),
      scale: of(out, 'scale'),
      bias: of(linear, 'bias'),
      ...(kind && { intercept: of(linear, 'value') - of(linear, 'linear') }),
      magnitude: magnitudeOf(direction, rowsOf(x).row(row * (x.dims[1] ?? 1) + position)),
      lens: lensTokens.slice(index * lensWidth, (index + 1) * lensWidth).map((token, place) => {
        const lensLogit = at(floatsOf(out, 'top_logits'), index * lensWidth + place);
        return { token, logit: lensLogit, probability: Math.exp(lensLogit - logSumExp), rank: place + 1 };
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

/** The same target, of one position, in each row of a batch. @param x [rows, position, width] */
export async function readRows(model: LoadedModel, x: Tensor, request: ResolvedTarget): Promise<RowReadings> {
  const rows = x.dims[0] ?? 0;
  if (request.kind) {
    const out = await runLinearised(model, x, inRows(Array<ResolvedTarget>(rows).fill(request)));
    return { attributed: Array.from(floatsOf(out, 'value')), derivative: floatsOf(out, 'derivative') };
  }
  const out = await runTarget(model, x, inRows(Array<TargetRequest>(rows).fill(request)), 1);
  const against = floatsOf(out, 'against_logit');
  return {
    attributed: Array.from(floatsOf(out, 'logit'), (logit, row) =>
      request.against === null ? logit : logit - at(against, row),
    ),
    derivative: floatsOf(out, 'derivative'),
  };
}

/** What is attributed, of a span the sum, in each row of a batch. @param x [rows, position, width] */
export async function attributedIn(model: LoadedModel, x: Tensor, request: ResolvedTarget): Promise<number[]> {
  const totals = new Array<number>(x.dims[0] ?? 0).fill(0);
  for (const single of eachOf(request)) {
    const { attributed } = await readRows(model, x, single);
    for (const [row, value] of attributed.entries()) totals[row] = at(totals, row) + value;
  }
  return totals;
}

/** The probability of the target's token in each row of a batch. @param x [rows, position, width] */
export async function readProbabilities(model: LoadedModel, x: Tensor, request: ResolvedTarget): Promise<number[]> {
  const out = await runTarget(model, x, inRows(Array<TargetRequest>(x.dims[0] ?? 0).fill(request)), 1);
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

/** @param others outputs that are wanted beside */
function runTarget(
  model: LoadedModel,
  x: Tensor,
  requests: readonly Placed[],
  top: number,
  others: readonly string[] = [],
): Promise<Tensors> {
  const feeds = { ...targetFeeds(x, requests), top: integers([Math.min(top, model.specification.vocabularySize)]) };
  return model.run('target', feeds, [...targetOutputs, ...others]);
}

/** @param requests of one kind */
function runLinearised(model: LoadedModel, x: Tensor, requests: readonly Placed<ResolvedTarget>[]): Promise<Tensors> {
  const probability = Float32Array.from(requests, ({ kind }) => (kind === 'PROBABILITY' ? 1 : 0));
  return model.run('linearised', { ...targetFeeds(x, requests), probability: floats(probability, requests.length) });
}

function targetFeeds(x: Tensor, requests: readonly Placed[]): Tensors {
  return {
    x,
    at: integers(
      requests.flatMap(({ position, row }) => [row, position]),
      requests.length,
      2,
    ),
    token: integers(requests.map(({ token }) => token ?? -1)),
    against: integers(requests.map(({ against }) => against ?? -1)),
  };
}
