/** What depends on the prompt's length alone, computed once a prompt: causal masks and rotations. */
import type { Block, Rotary } from '../architecture/specification.ts';
import { at } from './rows.ts';
import { floats, type Tensors } from './tensor.ts';

/** For each block of a model its mask and rotation at one prompt length; equal ones are made once. */
export class PositionTensors {
  readonly #length: number;
  readonly #masks = new Map<number, Tensors>();
  readonly #rotations = new Map<Rotary, Tensors>();

  constructor(length: number) {
    this.#length = length;
  }

  /** `mask` and, with rotary positions, `cos` and `sin`. */
  of({ attention }: Block): Tensors {
    const mask = memoized(this.#masks, attention.window ?? this.#length, (window) => causalMask(this.#length, window));
    const { rotary } = attention;
    return rotary ? { ...mask, ...memoized(this.#rotations, rotary, () => rotation(this.#length, rotary)) } : mask;
  }
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
