/** Which models give up their memory for a job. */
import { type Footprint, memoryOf } from './memory.ts';

/** A model in a worker's memory. */
export interface Held {
  readonly folder: string;
  readonly footprint: Footprint;
  readonly graphSets: ReadonlySet<string>;
  /** When it was last used. */
  readonly used: number;
}

/** A job's model, and the sets of block graphs that it is about to need. */
export interface Wanted {
  readonly footprint: Footprint;
  readonly graphSets: readonly string[];
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
  { footprint, graphSets }: Wanted,
  budget: number,
): Model[] | undefined {
  const size = (model: Held) => memoryOf(model.footprint, model.graphSets.size);
  let others = held.filter((model) => model !== own).reduce((sum, model) => sum + size(model), 0);
  let mine = memoryOf(footprint, new Set([...(own?.graphSets ?? []), ...graphSets]).size);
  const victims: Model[] = [];
  const candidates = held.filter((model) => model.free && model !== own).sort((a, b) => a.used - b.used);
  for (const model of own?.free ? [...candidates, own] : candidates) {
    if (others + mine <= budget) break;
    victims.push(model);
    if (model === own) mine = memoryOf(footprint, graphSets.length);
    else others -= size(model);
  }
  return others + mine <= budget ? victims : undefined;
}
