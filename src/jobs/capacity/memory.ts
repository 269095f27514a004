/** How much memory a model takes: an upper bound, from the sizes of its weights alone. */
import { specificationOf } from '../../architecture/registry.ts';
import { type ModelFiles, openModelFiles } from '../../checkpoint/checkpoint.ts';
import { holdsBlockWeights } from '../../inference/loaded-model.ts';
import type { JobKind } from '../kinds/kind.ts';

/** Bytes of a model's weights as float32, in which onnxruntime computes whatever type they are stored in. */
export interface Footprint {
  /** Embedding and unembedding. */
  readonly ends: number;
  /** All blocks together. */
  readonly blocks: number;
}

/** Reads the weights' headers alone. @throws TributaryError CHECKPOINT */
export async function footprintOf(folder: string): Promise<Footprint> {
  return footprintIn(await openModelFiles(folder));
}

export function footprintIn(files: ModelFiles): Footprint {
  const { embedding, unembedding } = specificationOf(files);
  const atTheEnds = new Set([
    ...[embedding.token, embedding.projection?.map.weight, embedding.position?.weight],
    ...[unembedding.projection?.map.weight, unembedding.weight, unembedding.bias],
  ]);
  let [ends, blocks] = [0, 0];
  for (const { name, shape } of files.tensors.values()) {
    const bytes = 4 * shape.reduce((product, size) => product * size, 1);
    if (atTheEnds.has(name)) ends += bytes;
    else blocks += bytes;
  }
  return { ends, blocks };
}

/**
 * The sets of block graphs that a job runs. Each has the blocks' weights for itself: onnxruntime shares none between
 * its sessions, packs those of the forward graphs and converts those in half precision. (Float32 weights that it takes
 * as they lie in the file are counted too: their pages are in memory as well, if only as long as there is room.)
 */
export function graphSetsOf<Request>(kind: JobKind<Request>, request: Request): readonly string[] {
  return [...kind.graphs(request).filter(holdsBlockWeights), ...(kind.passing?.(request) ?? [])];
}

export function memoryOf({ ends, blocks }: Footprint, graphSets: number): number {
  return graphSets === 0 ? 0 : ends + blocks * graphSets;
}
