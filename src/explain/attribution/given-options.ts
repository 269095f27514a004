/** Options as a method is given them. */
import { inputError, requireInBounds } from '../../errors.ts';
import type { Method } from './methods/method.ts';
import { methods } from './methods/registry.ts';
import { mostSteps } from './options.ts';
import type { MethodOptions } from './result.ts';

type Given = { readonly [Name in keyof MethodOptions]?: MethodOptions[Name] | undefined };

/**
 * The options that the method takes, with their defaults; undefined when it takes none.
 * @param given what is absent or null is not given
 * @throws TributaryError INPUT for one that it does not take, and for steps out of bounds
 */
export function methodOptions({ name, options }: Method, given: Given): MethodOptions | undefined {
  const told = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  for (const [option] of told) {
    if (!options || !(option in options))
      throw inputError(
        option,
        `${name} does not take \`${option}\`; ${takersOf(option)}. Leave it out, or choose another method`,
      );
  }
  if (typeof given.steps === 'number') requireInBounds('steps', given.steps, 1, mostSteps);
  return options && { ...options, ...Object.fromEntries(told) };
}

function takersOf(option: string): string {
  const takers = (methods as readonly Method[]).filter(({ options }) => options && option in options);
  return `${takers.map(({ name }) => name).join(' and ')} ${takers.length === 1 ? 'does' : 'do'}`;
}
