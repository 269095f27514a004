/** Bounds of the options of methods. */
import type { Method } from './methods/method.ts';
import type { MethodOptions } from './result.ts';

export const defaultSteps = 32;
export const mostSteps = 256;

/** About how many passes through the model a method takes. @param length of the prompt, or a guess at it */
export function passesOf(method: Method, options: MethodOptions, length: number): number {
  return Math.min(Math.max(method.passes(options, length), 1), mostSteps);
}
