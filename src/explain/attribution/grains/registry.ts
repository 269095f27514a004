import type { LoadedModel } from '../../../inference/loaded-model.ts';
import type { AttributionSelection } from '../result.ts';
import { edges } from './edges.ts';
import type { Grain, GrainReader } from './grain.ts';
import { layers } from './layers.ts';
import { moves } from './moves.ts';
import { neurons } from './neurons.ts';
import { residuals } from './residuals.ts';

const grains: readonly Grain[] = [layers, residuals, neurons, edges, moves];

/** Readers of all that is selected, as one. */
export function readersOf(model: LoadedModel, selection: AttributionSelection): GrainReader {
  const readers = grains.flatMap((grain) => grain(model, selection) ?? []);
  return {
    saved: (block) => readers.flatMap((reader) => reader.saved(block)),
    reversed: (block) => readers.flatMap((reader) => reader.reversed(block)),
    async read(passed) {
      for (const reader of readers) await reader.read(passed);
    },
    result: () => Object.assign({}, ...readers.map((reader) => reader.result())),
  };
}
