/** Options of methods, and their bounds. */
import { TributaryError } from '../../errors.ts';
import type { Method } from './methods/method.ts';
import type { MethodOptions } from './result.ts';

export const defaultSteps = 32;
export const mostSteps = 256;

/** About how many passes through the model a method takes. @param length of the prompt, or a guess at it */
export function passesOf(method: Method, options: MethodOptions, length: number): number {
  return Math.min(Math.max(method.passes(options, length), 1), mostSteps);
}

/**
 * The options that the method takes, with their defaults; undefined when it takes none. What it does not take is left
 * out, so that it makes no other question of the same one.
 * @throws TributaryError PROMPT for steps out of bounds
 */
export function methodOptions({ options }: Method, given: MethodOptions): MethodOptions | undefined {
  const { steps = defaultSteps } = given;
  if (!Number.isInteger(steps) || steps < 1 || steps > mostSteps) {
    throw new TributaryError('PROMPT', `\`steps\` is a whole number from 1 to ${mostSteps}, not ${steps}`);
  }
  if (!options) return undefined;
  const taken = Object.entries(given).filter(([name, value]) => name in options && value !== undefined);
  return { ...options, ...Object.fromEntries(taken) };
}
