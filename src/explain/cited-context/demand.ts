import { type Demand, type ModelCost, sum, times } from '../../inference/cost.ts';
import { rowsTogether } from '../activations/end.ts';
import { readingDemand } from '../attribution/reading-demand.ts';
import type { CitedContextRequest } from './result.ts';

/**
 * What it takes at the most: of an answer that is as long as it may be, with each prompt without some passages as long as the
 * whole one, and nothing in common with it.
 */
export function citedContextDemand(model: ModelCost, request: CitedContextRequest): Demand {
  const { inputIds, answer, maxTokens, method, kind } = request;
  const { activations } = model;
  const rows = answer?.length ?? maxTokens;
  const prompt = inputIds.length;
  // The last token is predicted, and not read.
  const length = prompt + rows - 1;
  const reading = unembedding(model, rows);
  const steps = Array.from({ length: rows - 1 }, (_, index) => ({ from: prompt + index, to: prompt + index + 1 }));
  const own = sum(
    model.embedding(prompt),
    model.forward(1, prompt, 1),
    times(rows, model.target(1)),
    ...steps.map((step) => sum(model.embedding(1), model.continuation(1, step, 1))),
  );
  const pass = sum(model.embedding(length), model.forward(1, length, rows));
  const span = { from: prompt, tokens: Array<number>(rows).fill(0) };
  const whole = readingDemand(model, { position: length - 1, token: 0, against: null, kind, span });
  const explaining = sum(
    times(kind ? 2 : 1, whole.cost),
    model.reverse(method, 1, length, rows),
    times(2, model.scores(length)),
  );
  const kept = activations.kept(method, 1, length, () => ['key', 'value']);
  // Of the model's own answer what was kept of each token by itself, and put together.
  const keptTwice = answer ? kept : 2 * kept;
  const passing = activations.kept(undefined, 1, length, () => []) + activations.forwardWork(1, length);
  const together = Math.min(rows, rowsTogether(model.model.vocabularySize));
  return {
    cost: sum(answer ? pass : own, reading, explaining, times(passesOf(request), sum(pass, reading))),
    activations: Math.max(
      keptTwice +
        Math.max(
          activations.forwardWork(1, length),
          activations.reverseWork(method, 1, length),
          whole.activations,
          activations.targetWork(together),
        ),
      // Keys and values of the whole, and what is cut off them.
      passesOf(request) > 0 ? 2 * activations.past(length) + Math.max(passing, activations.targetWork(together)) : 0,
    ),
  };
}

/** Prompts without some of their passages: each by itself, and all of a kind together. */
export function passesOf({
  strongest,
  random,
  checked,
}: Pick<CitedContextRequest, 'strongest' | 'random' | 'checked'>): number {
  const of = (count: number, isChecked: boolean) => (isChecked ? count + (count > 1 ? 1 : 0) : 0);
  return of(strongest, checked.strongest) + of(random, checked.random);
}

/** The reading of so many positions, as many together as may be. */
function unembedding(model: ModelCost, rows: number) {
  const together = Math.min(rows, rowsTogether(model.model.vocabularySize));
  return times(rows / together, model.target(together));
}
