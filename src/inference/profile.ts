/** Where the time of a job goes, block by block. What is measured is known of the job under way, whoever calls the model. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Tensors } from './tensor.ts';

/** Of one job. */
export interface BlockProfile {
  /** Seconds of each block, forward and back; of several passes their sum. Empty where no block ran by itself. */
  readonly forward: readonly number[];
  readonly back: readonly number[];
  /** Bytes that a pass kept for the way back, at the most. */
  readonly keptBytes: number;
}

class Profiler implements BlockProfile {
  readonly forward: number[] = [];
  readonly back: number[] = [];
  keptBytes = 0;
}

const current = new AsyncLocalStorage<Profiler>();

/** Does the work, and says where its time went. */
export async function profiled<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly profile: BlockProfile }> {
  const profile = new Profiler();
  return { result: await current.run(profile, work), profile };
}

/** Runs a graph of a block, on its account. */
export async function onAccount<Result>(
  direction: 'forward' | 'back',
  layer: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const profiler = current.getStore();
  if (!profiler) return work();
  const began = performance.now();
  const result = await work();
  const times = profiler[direction];
  while (times.length <= layer) times.push(0);
  times[layer] = (times[layer] as number) + (performance.now() - began) / 1000;
  return result;
}

/** Counts what one pass keeps, block by block. */
export function keptBytes(): { add(kept: Tensors): void } {
  const profiler = current.getStore();
  let bytes = 0;
  return {
    add(kept) {
      if (!profiler) return;
      for (const { data } of Object.values(kept)) bytes += (data as Float32Array).byteLength;
      profiler.keptBytes = Math.max(profiler.keptBytes, bytes);
    },
  };
}
