import type { Block } from '../../../architecture/specification.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { nameOf } from '../keys.ts';
import type { AttributionSelection } from '../result.ts';
import { edges } from './edges.ts';
import type { BlockFigures, Grain, GrainReader } from './grain.ts';
import { layers } from './layers.ts';
import { moves } from './moves.ts';
import { neurons } from './neurons.ts';
import { residuals } from './residuals.ts';

/** Every grain that there is. */
export const grains: readonly Grain[] = [layers, residuals, neurons, edges, moves];

/** Those of which something is selected. */
export function grainsIn(selection: AttributionSelection): Grain[] {
  const names = new Set(Object.keys(selection).map(nameOf));
  return grains.filter(({ name }) => names.has(name));
}

/** Outputs of a block's forward graph that the selected grains are read from. */
export function savedFor(selection: AttributionSelection, block: Block): string[] {
  return grainsIn(selection).flatMap(({ saved }) => saved(block));
}

/** Readers of all that is selected, as one. */
export function readersOf(model: LoadedModel, selection: AttributionSelection): GrainReader {
  const readers = grainsIn(selection).map((grain) => grain.reader(model, selection));
  return {
    reversed: (block) => readers.flatMap((reader) => reader.reversed(block)),
    async read(passed) {
      const figures: BlockFigures = {};
      for (const reader of readers) Object.assign(figures, await reader.read(passed));
      return figures;
    },
    result: (length) => Object.assign({}, ...readers.map((reader) => reader.result(length))),
  };
}
