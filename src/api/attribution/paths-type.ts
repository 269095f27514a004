/** The path expansion in GraphQL. */

import type { Component } from '../../explain/attribution/result.ts';
import type { PathResult, PathsResult } from '../../explain/attribution/studies/paths.ts';
import { builder } from '../builder.ts';

/** Of a path that is told of by itself. */
const mostComponents = 2;

const PathComponent = builder.objectRef<Component>('PathComponent').implement({
  description: 'A component that a path goes through: a head, or the MLP of a block.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
    head: t.int({
      nullable: true,
      description: 'The head in the block, from 0; null for its MLP.',
      resolve: ({ head }) => head,
    }),
  }),
});

const Path = builder.objectRef<PathResult>('Path').implement({
  description: 'A way from the embeddings to the logit through one or two components, and past all others.',
  fields: (t) => ({
    components: t.field({
      type: [PathComponent],
      complexity: { field: 1, multiplier: mostComponents },
      description: 'What it goes through, in this order. Two heads are a virtual head.',
      resolve: ({ components }) => components,
    }),
    score: t.exposeFloat('score', {
      description: 'What it carries to the logit: exact, summed over the positions on the way.',
    }),
  }),
});

interface OrderValue {
  readonly order: number;
  readonly sum: number;
  readonly strongest: readonly PathResult[];
}

const PathOrder = builder.objectRef<OrderValue>('PathOrder').implement({
  description: 'All paths through the same number of components.',
  fields: (t) => ({
    order: t.exposeInt('order', {
      description: 'Through how many: 0 is from the embedding at the target position straight to the logit.',
    }),
    sum: t.exposeFloat('sum', { description: 'What all of them carry together.' }),
    strongest: t.field({
      type: [Path],
      // The complexity of `paths` counts how many are asked for.
      complexity: { field: 1, multiplier: 1 },
      description: 'Those that carry most, by magnitude, strongest first. Order 0 is a single path, its `sum`.',
      resolve: ({ strongest }) => [...strongest],
    }),
  }),
});

export interface PathsValue extends PathsResult {
  readonly first: number;
}

export const Paths = builder.objectRef<PathsValue>('Paths').implement({
  description:
    "The path expansion of the frozen map (Elhage et al. 2021), without biases. All orders and `longer` sum to the tokens' scores; with `LogitAttribution.bias` to the logit.",
  fields: (t) => ({
    orders: t.field({
      type: [PathOrder],
      complexity: { field: 1, multiplier: mostComponents + 1 },
      description: 'Orders 0, 1 and 2.',
      resolve: ({ sums, strongest, first }) =>
        sums.map((sum, order) => ({ order, sum, strongest: (strongest[order - 1] ?? []).slice(0, first) })),
    }),
    longer: t.exposeFloat('longer', { description: 'What all paths through three components or more carry.' }),
  }),
});
