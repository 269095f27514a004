/** Which models give up their memory for a job. */
import type { Weights } from '../../onnx/weights.ts';
import { type Footprint, memoryOf } from './memory.ts';

/** What a process has of a model. */
export interface Holding {
  readonly weights: Weights;
  readonly graphSets: ReadonlySet<string>;
}

/** A model in a worker's memory. */
export interface Held extends Holding {
  readonly folder: string;
  readonly footprint: Footprint;
  /** When it was last used. */
  readonly used: number;
}

/** A job's model, and the sets of block graphs that it is about to need. */
export interface Wanted {
  readonly footprint: Footprint;
  readonly weights: Weights;
  readonly graphSets: readonly string[];
}

/** Sets of graphs that need not be loaded for a job. */
export function keptOf(held: Holding | undefined, weights: Weights): ReadonlySet<string> {
  return held?.weights === weights ? held.graphSets : new Set();
}

export function sizeOf({ footprint, weights, graphSets }: Held): number {
  return memoryOf(footprint, weights, graphSets);
}

/**
 * The least recently used come first; the job's own model, which then loads anew with what the job needs alone, last, where
 * no other job of it stands aside.
 * @param own the one of `held` that the job runs, where it is loaded already
 * @param budget bytes
 * @returns none when there is room already; undefined when there is no room until others are free
 */
export function victimsOf<Model extends Held & { readonly free: boolean }>(
  held: readonly Model[],
  own: Model | undefined,
  { footprint, weights, graphSets }: Wanted,
  budget: number,
): Model[] | undefined {
  let others = held.filter((model) => model !== own).reduce((sum, model) => sum + sizeOf(model), 0);
  let mine = memoryOf(footprint, weights, [...keptOf(own, weights), ...graphSets]);
  const victims: Model[] = [];
  const candidates = held.filter((model) => model.free && model !== own).sort((a, b) => a.used - b.used);
  for (const model of own?.free ? [...candidates, own] : candidates) {
    if (others + mine <= budget) break;
    victims.push(model);
    if (model === own) mine = memoryOf(footprint, weights, graphSets);
    else others -= sizeOf(model);
  }
  return others + mine <= budget ? victims : undefined;
}
