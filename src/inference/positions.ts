/** What depends on positions and the prompt's length alone, made once a prompt: causal masks, rotations, what is read. */
import type { Block, Rotary } from '../architecture/specification.ts';
import { at } from './rows.ts';
import type { Span } from './span.ts';
import { floats, integers, type Tensors } from './tensor.ts';

/** For each block of a model its mask and rotation at one prompt length; equal ones are made once. */
export class PositionTensors {
  readonly #length: number;
  readonly #span: Span;
  readonly #read: ReadonlySet<number> | undefined;
  readonly #masks = new Map<number, Tensors>();
  readonly #rotations = new Map<Rotary, Tensors>();
  /** By where they begin and end. */
  readonly #parts = new Map<string, PositionTensors>();

  /**
   * @param length of the whole prompt, on which some rotations depend
   * @param span the positions that are run
   * @param read those of the prompt at which the stream after the last block is read; absent: all
   */
  constructor(length: number, span: Span = { from: 0, to: length }, read?: Iterable<number>) {
    this.#length = length;
    this.#span = span;
    this.#read = read && new Set(read);
  }

  /** Of a part of these positions, behind all those before it. */
  part(span: Span): PositionTensors {
    const { from, to } = span;
    if (from === this.#span.from && to === this.#span.to) return this;
    return memoized(this.#parts, `${from}-${to}`, () => new PositionTensors(this.#length, span, this.#read));
  }

  /** The same behind a cache with room for so many positions. */
  behind({ attention }: Block, room: number): Tensors {
    return { ...this.of({ attention }), ...cacheMask(this.#span, room, attention.window ?? this.#length) };
  }

  /** `mask`, with rotary positions `cos` and `sin`; `read` and `places` as in `read-positions.ts`. */
  of({ attention }: Pick<Block, 'attention'>): Tensors {
    const mask = memoized(this.#masks, attention.window ?? this.#length, (window) => causalMask(this.#span, window));
    const { rotary } = attention;
    const rotated = rotary && memoized(this.#rotations, rotary, () => rotation(this.#length, this.#span, rotary));
    return { ...mask, ...rotated, ...readPositions(this.#span, this.#read) };
  }
}

function readPositions({ from, to }: Span, positions: ReadonlySet<number> | undefined): Tensors {
  const places = Array<number>(to - from).fill(0);
  const read = [...places.keys()].filter((place) => !positions || positions.has(from + place));
  for (const [index, position] of read.entries()) places[position] = index + 1;
  return { read: integers(read), places: integers(places) };
}

/** The same for positions behind a cache: its room stands before them, filled up to `from`. [to − from, room + to − from] */
function cacheMask({ from, to }: Span, room: number, window: number): Tensors {
  const columns = room + to - from;
  const mask = new Float32Array((to - from) * columns).fill(Number.NEGATIVE_INFINITY);
  for (let position = from; position < to; position++) {
    const row = (position - from) * columns;
    const first = Math.max(0, position - window + 1);
    mask.fill(0, row + Math.min(first, from), row + from);
    mask.fill(0, row + room + Math.max(first - from, 0), row + room + position - from + 1);
  }
  return { mask: floats(mask, to - from, columns) };
}

/** 0 where a position may look: at itself and the window − 1 before it; −∞ elsewhere. [to − from, to] */
function causalMask({ from, to }: Span, window: number): Tensors {
  const mask = new Float32Array((to - from) * to).fill(Number.NEGATIVE_INFINITY);
  for (let position = from; position < to; position++) {
    const row = (position - from) * to;
    mask.fill(0, row + Math.max(0, position - window + 1), row + position + 1);
  }
  return { mask: floats(mask, to - from, to) };
}

/**
 * cos and sin of position·θ, [to − from, dimensions / 2]. Angles are rounded to single precision, as in the models'
 * training and in transformers: unrounded ones drift from theirs over a few thousand positions.
 */
function rotation(length: number, { from, to }: Span, { dimensions, frequencies, magnitude }: Rotary): Tensors {
  const pairs = dimensions / 2;
  const theta = frequencies(length).map(Math.fround);
  const cos = new Float32Array((to - from) * pairs);
  const sin = new Float32Array((to - from) * pairs);
  for (let index = 0; index < cos.length; index++) {
    const angle = Math.fround((from + Math.floor(index / pairs)) * at(theta, index % pairs));
    cos[index] = Math.cos(angle) * magnitude;
    sin[index] = Math.sin(angle) * magnitude;
  }
  return { cos: floats(cos, to - from, pairs), sin: floats(sin, to - from, pairs) };
}

function memoized<Key, Value>(values: Map<Key, Value>, key: Key, make: (key: Key) => Value): Value {
  let value = values.get(key);
  if (value === undefined) {
    value = make(key);
    values.set(key, value);
  }
  return value;
}
