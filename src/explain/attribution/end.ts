/** Which positions of a prompt matter to what is asked of it. */
import { eachOf, type TargetRequest } from '../../inference/target.ts';

export interface Asked {
  /** Positions of the targets. */
  readonly read: ReadonlySet<number>;
  /** Nothing from there on can change any target: every figure is zero there, and none is computed. */
  readonly end: number;
}

export function askedOf(targets: readonly TargetRequest[]): Asked {
  const read = new Set(targets.flatMap(eachOf).map(({ position }) => position));
  return { read, end: Math.max(...read) + 1 };
}

/** What was computed up to the end, and zeros behind it. @param length of the prompt */
export function wholePrompt(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const whole = new Float32Array(length);
  whole.set(values);
  return whole;
}
