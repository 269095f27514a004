import type { Block } from '../../architecture/specification.ts';
import { floatBytes } from '../../inference/activations.ts';
import { type Demand, type ModelCost, nothing, sum, times } from '../../inference/cost.ts';
import type { BlockGraph, SingleGraph } from '../../inference/loaded-model.ts';
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
  const inside = (layer: number) => hooksIn(blocks[layer] as Block, names(layer)).some(isInside);
  const layers = names(last).every((name) => name === 'residualBefore') ? last : last + 1;
  const sessions = Array.from({ length: layers }, (_, layer) => inside(layer)).filter(Boolean).length;
  const forward = layers === 0 ? nothing : model.forward(1, end, positions.length, layers);
  return {
    cost: sum(model.embedding(end), forward, { ...nothing, sessions }),
    activations: floatBytes * 2 * end * width + model.activations.forwardWork(1, end),
  };
}

/** One pass, and what it tells: where it is gathered, where slices of a block are joined, and where it is sent. */
export function activationsDemand(model: ModelCost, request: ActivationsRequest): Demand {
  const pass = watchedDemand(model, watchedOf(request));
  const { end, positions, layers, names } = request;
  const bytesOf = (of: readonly number[]) =>
    floatBytes *
    names.reduce((sum, name) => sum + numbersOf(name, model.model, model.neurons, { ...request, layers: of }), 0);
  const told = bytesOf(layers);
  const largest = Math.max(...layers.map((layer) => bytesOf([layer])));
  const { vocabularySize } = model.model;
  const rows = end?.logits ? positions.length : 0;
  const together = Math.min(rows, rowsTogether(vocabularySize));
  const logits = floatBytes * rows * vocabularySize;
  return {
    cost: sum(pass.cost, rows > 0 ? times(rows / together, model.target(together)) : nothing, {
      ...nothing,
      sessions: end ? 1 : 0,
    }),
    activations: Math.max(
      pass.activations + told + 2 * largest,
      told + 2 * logits + floatBytes * 3 * together * vocabularySize,
      // As they are, and as they are sent.
      2 * (told + logits),
    ),
  };
}
