/** A figure of two runs, in GraphQL. */
import type { ContributionDifference as ContributionDifferenceValue } from '../../experiments/comparison/compare-runs.ts';
import type { Difference as DifferenceValue } from '../../experiments/comparison/compared-run.ts';
import { builder } from '../builder.ts';

export const Difference = builder.objectRef<DifferenceValue>('Difference').implement({
  description: 'A figure of two runs, and what lies between them.',
  fields: (t) => ({
    a: t.exposeFloat('a', { description: 'Of the first run.' }),
    b: t.exposeFloat('b', { description: 'Of the second run.' }),
    difference: t.float({ description: 'a − b.', resolve: ({ a, b }) => a - b }),
  }),
});

export const ContributionDifference = builder
  .objectRef<ContributionDifferenceValue>('ContributionDifference')
  .implement({
    description: 'What a component contributes in two runs.',
    fields: (t) => ({
      direct: t.field({
        type: Difference,
        description: 'What it writes straight to the logit.',
        resolve: ({ direct }) => direct,
      }),
      total: t.field({
        type: Difference,
        description: 'All that passes through it on the way to the logit.',
        resolve: ({ total }) => total,
      }),
    }),
  });
