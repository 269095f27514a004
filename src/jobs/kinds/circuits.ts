import { circuits as look } from '../../explain/circuits/circuits.ts';
import { circuitsDemand } from '../../explain/circuits/demand.ts';
import type { CircuitsRequest, CircuitsResult } from '../../explain/circuits/result.ts';
import type { JobKind } from './kind.ts';

/** What the weights alone tell of the heads; keeps nothing of the model in memory. */
export const circuits: JobKind<CircuitsRequest, CircuitsResult, never> = {
  name: 'circuits',
  length: () => 0,
  graphs: () => [],
  // Of one block after the other, or of both ends: less than a set.
  passing: () => ['circuits'],
  demand: circuitsDemand,
  lighter: () => ['fewer fields selected'],
  run: look,
};
