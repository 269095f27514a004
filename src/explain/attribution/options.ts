/** Which options a method takes, and their bounds. */
import { TributaryError } from '../../errors.ts';
import type { AttributionMethod, MethodOptions } from './result.ts';

export const defaultSteps = 32;
export const mostSteps = 256;

const optionsOf: Partial<Record<AttributionMethod, readonly (keyof MethodOptions)[]>> = {
  INTEGRATED_GRADIENTS: ['steps', 'baseline'],
  OCCLUSION: ['baseline'],
};

/** About how many passes through the model a method takes. @param length of the prompt, or a guess at it */
export function passesOf(
  method: AttributionMethod,
  { steps = defaultSteps }: Pick<MethodOptions, 'steps'>,
  length: number,
): number {
  const passes = { INTEGRATED_GRADIENTS: steps, OCCLUSION: length } as Partial<Record<AttributionMethod, number>>;
  return Math.min(Math.max(passes[method] ?? 1, 1), mostSteps);
}

/**
 * The options that the method takes, with their defaults; undefined when it takes none. What it does not take is left
 * out, so that it makes no other question of the same one.
 * @throws TributaryError PROMPT for steps out of bounds
 */
export function methodOptions(method: AttributionMethod, given: MethodOptions): MethodOptions | undefined {
  const { steps = defaultSteps, baseline = null } = given;
  if (!Number.isInteger(steps) || steps < 1 || steps > mostSteps) {
    throw new TributaryError('PROMPT', `\`steps\` is a whole number from 1 to ${mostSteps}, not ${steps}`);
  }
  const taken = optionsOf[method];
  if (taken === undefined) return undefined;
  return {
    ...(taken.includes('steps') ? { steps } : {}),
    ...(taken.includes('baseline') ? { baseline } : {}),
  };
}
