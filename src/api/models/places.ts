/** Places in a model and a prompt that a client chooses: blocks, heads, positions. */
import { TributaryError } from '../../errors.ts';
import { absolutePosition } from './prompt.ts';

/**
 * @param chosen as a client named them; absent: all
 * @returns ascending, each once
 * @throws TributaryError PROMPT for none, and for one that the model does not have
 */
export function chosenNumbers(
  chosen: readonly number[] | null | undefined,
  count: number,
  name: 'layers' | 'heads',
): number[] {
  if (!chosen) return [...Array(count).keys()];
  const outside = chosen.find((number) => number < 0 || number >= count);
  if (outside !== undefined)
    throw new TributaryError('PROMPT', `\`${name}\` has ${outside}; this model has 0 to ${count - 1}`);
  return ascending(chosen, name);
}

/** The same of positions, of which negative ones count from the end. @param absent those that are meant where none are named */
export function chosenPositions(
  chosen: readonly number[] | null | undefined,
  length: number,
  absent: readonly number[] = [...Array(length).keys()],
): number[] {
  const absolute = (chosen ?? absent).map((position) => absolutePosition(position, length, 'PROMPT', 'The position'));
  return ascending(absolute, 'positions');
}

function ascending(numbers: readonly number[], name: string): number[] {
  if (numbers.length === 0)
    throw new TributaryError('PROMPT', `\`${name}\` is empty; name at least one, or leave it out`);
  return [...new Set(numbers)].sort((a, b) => a - b);
}
