/** What depends on the prompt's length and on where its end is read, once a prompt: causal masks, rotations, those positions. */
import type { Block, Rotary } from '../architecture/specification.ts';
import { at } from './rows.ts';
import { floats, integers, type Tensors } from './tensor.ts';

/** For each block of a model its mask and rotation at one prompt length; equal ones are made once. */
export class PositionTensors {
  readonly #length: number;
  readonly #read: Tensors;
  readonly #masks = new Map<number, Tensors>();
  readonly #rotations = new Map<Rotary, Tensors>();

  /** @param read positions at which the stream after the last block is read */
  constructor(length: number, read: Iterable<number> = Array(length).keys()) {
    this.#length = length;
    this.#read = readPositions(length, new Set(read));
  }

  /** `mask`, with rotary positions `cos` and `sin`; `read` and `places` as of `ReadPositions`. */
  of({ attention }: Block): Tensors {
    const mask = memoized(this.#masks, attention.window ?? this.#length, (window) => causalMask(this.#length, window));
    const { rotary } = attention;
    const rotated = rotary && memoized(this.#rotations, rotary, () => rotation(this.#length, rotary));
    return { ...mask, ...rotated, ...this.#read };
  }
}

/** See `onnx/read-positions.ts`. */
function readPositions(length: number, read: ReadonlySet<number>): Tensors {
  const places = Array<number>(length).fill(0);
  for (const [index, position] of [...read].entries()) places[position] = index + 1;
  return { read: integers([...read]), places: integers(places) };
}

/** 0 where a position may look: at itself and the window − 1 before it; −∞ elsewhere. [length, length] */
function causalMask(length: number, window: number): Tensors {
  const mask = new Float32Array(length * length).fill(Number.NEGATIVE_INFINITY);
  for (let to = 0; to < length; to++) mask.fill(0, to * length + Math.max(0, to - window + 1), to * length + to + 1);
  return { mask: floats(mask, length, length) };
}

/**
 * cos and sin of position·θ, [length, dimensions / 2]. Angles are rounded to single precision, as in the models'
 * training and in transformers: unrounded ones drift from theirs over a few thousand positions.
 */
function rotation(length: number, { dimensions, frequencies, magnitude }: Rotary): Tensors {
  const pairs = dimensions / 2;
  const theta = frequencies(length).map(Math.fround);
  const cos = new Float32Array(length * pairs);
  const sin = new Float32Array(length * pairs);
  for (let index = 0; index < cos.length; index++) {
    const angle = Math.fround(Math.floor(index / pairs) * at(theta, index % pairs));
    cos[index] = Math.cos(angle) * magnitude;
    sin[index] = Math.sin(angle) * magnitude;
  }
  return { cos: floats(cos, length, pairs), sin: floats(sin, length, pairs) };
}

function memoized<Key, Value>(values: Map<Key, Value>, key: Key, make: (key: Key) => Value): Value {
  let value = values.get(key);
  if (value === undefined) {
    value = make(key);
    values.set(key, value);
  }
  return value;
}
