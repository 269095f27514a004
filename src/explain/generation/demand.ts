import { type Demand, type ModelCost, sum, times } from '../../inference/cost.ts';
import type { GenerationRequest } from './event.ts';
import { explainedTogether } from './generate.ts';

/** What a generation takes if no stop ends it: the prompt's pass, one of a token each, and ways back where they are asked for. */
export function generationDemand(model: ModelCost, { inputIds, maxTokens, attribution }: GenerationRequest): Demand {
  const { activations } = model;
  const prompt = inputIds.length;
  // The last token is chosen, and not read.
  const length = prompt + maxTokens - 1;
  const steps = Array.from({ length: maxTokens - 1 }, (_, index) => ({ from: prompt + index, to: prompt + index + 1 }));
  const decoding: Demand = {
    cost: sum(
      model.embedding(prompt),
      model.forward(1, prompt, 1),
      ...steps.map((step) => sum(model.embedding(1), model.continuation(1, step, 1))),
      times(maxTokens, model.target(1)),
    ),
    activations:
      2 * activations.past(length) +
      Math.max(activations.forwardWork(1, prompt), activations.continuationWork(1, { from: length - 1, to: length })),
  };
  if (!attribution) return decoding;
  const { method, kind } = attribution;
  const ways = [...batchesOf(prompt, maxTokens)].map(({ rows, end }) =>
    sum(model.reverse(method, rows, end, rows), times(2 * rows, model.scores(end))),
  );
  // What was kept of each token by itself, put together, and as it was put together before: until that is collected.
  const kept = 3 * activations.kept(method, 1, length, () => []);
  return {
    cost: sum(decoding.cost, ...ways, times(kind ? maxTokens : 0, model.target(1))),
    activations:
      kept + Math.max(decoding.activations, activations.reverseWork(method, explainedTogether(prompt), length)),
  };
}

/** Tokens that are explained together, and how long the sequence is then. */
function* batchesOf(prompt: number, maxTokens: number): Generator<{ rows: number; end: number }> {
  for (let done = 0; done < maxTokens; ) {
    const rows = Math.min(maxTokens - done, explainedTogether(prompt + done));
    done += rows;
    yield { rows, end: prompt + done - 1 };
  }
}
