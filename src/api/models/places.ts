/** Places in a model and a prompt that a client chooses: blocks, heads, positions. */
import { inputError } from '../../errors.ts';
import { inputPosition } from './prompt.ts';

/**
 * @param chosen as a client named them; absent: all
 * @returns ascending, each once
 * @throws TributaryError INPUT for none, and for one that the model does not have
 */
export function chosenNumbers(
  chosen: readonly number[] | null | undefined,
  count: number,
  name: 'layers' | 'heads',
): number[] {
  if (!chosen) return [...Array(count).keys()];
  for (const [index, number] of chosen.entries())
    if (number < 0 || number >= count)
      throw inputError(`${name}.${index}`, `\`${name}\` has ${number}; this model has 0 to ${count - 1}`);
  return ascending(chosen, name);
}

/** The same of positions, of which negative ones count from the end. @param absent those that are meant where none are named */
export function chosenPositions(
  chosen: readonly number[] | null | undefined,
  length: number,
  absent: readonly number[] = [...Array(length).keys()],
): number[] {
  const places = (chosen ?? absent).map((position, index) => inputPosition(`positions.${index}`, position, length));
  return ascending(places, 'positions');
}

function ascending(numbers: readonly number[], name: string): number[] {
  if (numbers.length === 0) throw inputError(name, `\`${name}\` is empty; name at least one, or leave it out`);
  return [...new Set(numbers)].sort((a, b) => a - b);
}
