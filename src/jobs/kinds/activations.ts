import { activations as look, watchedOf } from '../../explain/activations/activations.ts';
import { activationsDemand, passingGraphs, watchedGraphs } from '../../explain/activations/demand.ts';
import type { ActivationsRequest, ActivationsResult } from '../../explain/activations/result.ts';
import type { JobKind } from './kind.ts';

/** What is inside of one forward pass; keeps nothing of the model beside the graphs that others use too. */
export const activations: JobKind<ActivationsRequest, ActivationsResult, never> = {
  name: 'activations',
  length: ({ inputIds }) => inputIds.length,
  graphs: (request) => watchedGraphs(watchedOf(request)),
  passing: (request) => [...passingGraphs(watchedOf(request)), ...(request.end ? ['unembedding'] : [])],
  demand: activationsDemand,
  lighter: () => ['a shorter prompt', 'fewer `layers`, `heads` or `positions`', 'fewer fields selected'],
  run: look,
};
