import type { Block } from '../../architecture/specification.ts';
import { floatBytes } from '../../inference/activations.ts';
import { type Cost, type Demand, type ModelCost, nothing, sum, times } from '../../inference/cost.ts';
import type { BlockGraph, SingleGraph } from '../../inference/loaded-model.ts';
import { slicesOf } from '../../inference/span.ts';
import { watchedOf } from './activations.ts';
import { rowsTogether } from './end.ts';
import type { ActivationsRequest } from './result.ts';
import { hooksIn, numbersOf } from './shapes.ts';
import { isInside, positionsRun, type Watched } from './watched-pass.ts';

/** The sessions that a pass needs beside those that it makes for itself: none where it looks into every block that it runs. */
export function watchedGraphs(watched: Pick<Watched, 'names' | 'last'>): (BlockGraph | SingleGraph)[] {
  const layers = Array.from({ length: watched.last + 1 }, (_, layer) => layer);
  const plain = layers.some((layer) => {
    const names = watched.names(layer);
    return !names.some(isInside) && (layer < watched.last || names.includes('residualAfter'));
  });
  return ['embedding', ...(plain ? (['forward'] as const) : [])];
}

/** Sets of block graphs that are made for the pass and are gone at its end. */
export function passingGraphs({ names, last }: Pick<Watched, 'names' | 'last'>): string[] {
  return Array.from({ length: last + 1 }, (_, layer) => names(layer))
    .flat()
    .some(isInside)
    ? ['activations']
    : [];
}

/** What the pass itself takes, without what is told of it. @returns `activations` with the stream before and after a block */
export function watchedDemand(model: ModelCost, watched: Watched): Demand {
  const { positions, last, names } = watched;
  const end = positionsRun(watched);
  const { blocks, width } = model.model;
  const inside = (layer: number) => hooksIn(blocks[layer] as Block, names(layer)).filter(isInside);
  const layers = names(last).every((name) => name === 'residualBefore') ? last : last + 1;
  const forward = layers === 0 ? nothing : model.forward(1, end, positions.length, layers);
  const made = Array.from({ length: layers }, (_, layer) => inside(layer)).filter(({ length }) => length > 0);
  return {
    // A session takes about as long to make as a short run.
    cost: sum(model.embedding(end), forward, runsOf(made.length * slicesOf(end).length)),
    activations: floatBytes * 2 * end * width + model.activations.forwardWork(1, end),
  };
}

/** One pass, and what it tells: once where it is gathered, once more of the largest block where its slices are joined. */
export function activationsDemand(model: ModelCost, request: ActivationsRequest): Demand {
  const pass = watchedDemand(model, watchedOf(request));
  const numbers = (layers: readonly number[]) =>
    request.names.reduce(
      (total, name) => total + numbersOf(name, model.model, model.neurons, { ...request, layers }),
      0,
    );
  const largest = Math.max(...request.layers.map((layer) => numbers([layer])));
  const end = endDemand(model, request);
  return {
    cost: sum(pass.cost, end.cost),
    activations:
      pass.activations + floatBytes * (numbers(request.layers) + Math.max(2 * largest, end.activations / floatBytes)),
  };
}

/** The logits of the chosen positions, once more where they are put together, and what some of them are computed with. */
function endDemand(model: ModelCost, { end, positions }: ActivationsRequest): Demand {
  if (!end) return { cost: nothing, activations: 0 };
  const { vocabularySize } = model.model;
  const rows = positions.length;
  const together = Math.min(rows, rowsTogether(vocabularySize));
  return {
    cost: end.logits ? times(rows / together, model.target(together)) : runsOf(1),
    activations: end.logits ? floatBytes * (2 * rows + 3 * together) * vocabularySize : 0,
  };
}

function runsOf(runs: number): Cost {
  return { ...nothing, runs };
}
