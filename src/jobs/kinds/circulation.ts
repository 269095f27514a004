import { circulate, circulationGraphs } from '../../explain/circulation/circulate.ts';
import { circulationDemand } from '../../explain/circulation/demand.ts';
import type { CirculationRequest, CirculationStep } from '../../explain/circulation/event.ts';
import type { JobKind } from './kind.ts';

/** Follows tokens through the blocks; tells a step as each block is passed. */
export const circulation: JobKind<CirculationRequest, void, CirculationStep> = {
  name: 'circulation',
  length: ({ inputIds }) => inputIds.length,
  graphs: circulationGraphs,
  demand: circulationDemand,
  lighter: () => ['a shorter prompt', 'fewer tracked positions', 'fewer `layers`'],
  run: circulate,
};
