import { passingGraphs, watchedGraphs } from '../../explain/activations/demand.ts';
import { lensDemand } from '../../explain/lens/demand.ts';
import { lensWatched, lens as look } from '../../explain/lens/lens.ts';
import type { LensRequest, LensResult } from '../../explain/lens/result.ts';
import type { JobKind } from './kind.ts';

/** What the model would say at every depth, by one forward pass. */
export const lens: JobKind<LensRequest, LensResult, never> = {
  name: 'lens',
  length: ({ inputIds }) => inputIds.length,
  graphs: (request) => watchedGraphs(lensWatched(request)),
  passing: (request) => [...passingGraphs(lensWatched(request)), 'unembedding'],
  demand: lensDemand,
  lighter: () => ['a shorter prompt', 'fewer `layers` or `positions`', 'fewer `tokens`'],
  run: look,
};
