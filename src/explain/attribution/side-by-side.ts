/** Which prompts of a batch go through the model side by side, and which of their targets go back together. */
import { at } from '../../inference/rows.ts';
import { batches, keptTokens } from './batch.ts';
import type { BatchPrompt } from './batch-request.ts';
import { type Asked, askedOf } from './end.ts';

/** A target of a prompt, as a row of a pass back. */
export interface Row {
  /** Index among those that go forward together. */
  readonly prompt: number;
  /** Index among the prompt's. */
  readonly target: number;
}

/** Prompts that are rows of one pass forward. */
export interface SideBySide {
  /** Their numbers in the batch, those with the most targets first. */
  readonly prompts: readonly number[];
  readonly asked: Asked;
  /**
   * Of each pass back its rows. Those of a single prompt all go over what was kept of it; of several each has one row at the
   * most in a pass, and the rows are the first of the prompts: what was kept is taken as it lies.
   */
  readonly back: readonly (readonly Row[])[];
}

/** Every target of every prompt once; prompts whose targets end alike are together. @param prompts of one length */
export function* sideBySide(prompts: readonly BatchPrompt[]): Generator<SideBySide> {
  const ends = prompts.map(({ targets }) => askedOf(targets).end);
  const counts = prompts.map(({ targets }) => targets.length);
  const ordered = [...prompts.keys()].sort((a, b) => at(ends, a) - at(ends, b) || at(counts, b) - at(counts, a));
  for (const batch of batches(prompts.length, Math.max(...ends), keptTokens)) {
    const numbers = batch.map((place) => at(ordered, place)).sort((a, b) => at(counts, b) - at(counts, a));
    const own = numbers.map((number) => prompts[number] as BatchPrompt);
    const asked = askedOf(own.flatMap(({ targets }) => targets));
    yield { prompts: numbers, asked, back: rowsBack(own, asked.end) };
  }
}

/** @param prompts those with the most targets first */
function rowsBack(prompts: readonly BatchPrompt[], end: number): Row[][] {
  const most = prompts[0]?.targets.length ?? 0;
  if (prompts.length === 1)
    return [...batches(most, end, keptTokens)].map((batch) => batch.map((target) => ({ prompt: 0, target })));
  return Array.from({ length: most }, (_, target) =>
    prompts.flatMap(({ targets }, prompt) => (target < targets.length ? [{ prompt, target }] : [])),
  );
}
