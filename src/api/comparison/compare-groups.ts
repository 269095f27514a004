/** Groups of runs beside each other, in GraphQL. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import {
  compareGroups,
  type FigureComparison as FigureComparisonValue,
  type GroupComparison as GroupComparisonValue,
  mostDrawn,
} from '../../experiments/comparison/compare-groups.ts';
import type { FigureName, RunFigure as RunFigureValue } from '../../experiments/comparison/figure.ts';
import { mostRuns } from '../../experiments/comparison/group.ts';
import { resampleBounds } from '../../experiments/comparison/groups-request.ts';
import type { Sample as SampleValue } from '../../experiments/comparison/matched.ts';
import type { MissingRuns as MissingRunsValue, Side } from '../../experiments/comparison/missing-runs.ts';
import type { Interval as IntervalValue } from '../../experiments/statistics/bootstrap.ts';
import { deviationOf, meanOf } from '../../experiments/statistics/samples.ts';
import { builder, computes, passComplexity, readingComplexity } from '../builder.ts';
import { InputError, OverCapacityError, orFailure, RunStateError, typeOf, UnknownRunError } from '../failures.ts';
import { readerOf } from '../runs/run-tokens.ts';
import { Tensor } from '../scalars.ts';
import { CompareGroupsInput, groupsRequestOf } from './groups-input.ts';

const RunFigureName = builder.enumType('RunFigureName', {
  description: 'Which figure of a run.',
  values: {
    SCORE: { description: 'What is explained.' },
    TOKEN: { description: 'The score of a token, or of those that a slot makes.' },
    HEAD: { description: 'All that passes through an attention head.' },
    ATTENTION: { description: "All that passes through a block's attention." },
    MLP: { description: "All that passes through a block's MLP." },
    RANK: { description: 'Rank of the target.' },
    PROBABILITY: { description: 'Probability of the target.' },
    COMPREHENSIVENESS: { description: 'Area of the comprehensiveness of the token scores.' },
    SUFFICIENCY: { description: 'Area of the sufficiency of the token scores.' },
  } satisfies Record<FigureName, object>,
});

const RunFigure = builder.objectRef<RunFigureValue>('RunFigure').implement({
  description: 'One number of a run.',
  fields: (t) => ({
    name: t.field({ type: RunFigureName, description: 'Which figure.', resolve: ({ name }) => name }),
    layer: t.int({
      nullable: true,
      description: 'The block that it is of; null of others.',
      resolve: ({ layer }) => layer,
    }),
    head: t.int({
      nullable: true,
      description: 'The head that it is of; null of others.',
      resolve: ({ head }) => head,
    }),
    label: t.exposeString('label', { description: 'In words: "head 3 of block 5".' }),
  }),
});

const Sample = builder.objectRef<SampleValue>('Sample').implement({
  description:
    'A figure of the runs of a group that have it; where runs are paired, of those whose partner has it too.',
  fields: (t) => ({
    count: t.int({ description: 'How many runs.', resolve: ({ values }) => values.length }),
    mean: t.float({ description: 'Their mean.', resolve: ({ values }) => meanOf(values) }),
    standardDeviation: t.float({
      nullable: true,
      description: 'Of the sample, with count − 1; null of fewer than two runs.',
      resolve: ({ values }) => deviationOf(values),
    }),
    values: t.field({
      type: Tensor,
      description: 'The figure of each run, in the order of `runs`. [count]',
      resolve: ({ values }) => ({ shape: [values.length], values: Float32Array.from(values) }),
    }),
    runs: t.idList({
      description:
        'The runs in the order of their group, `Run.id`; of pairs, those of `b` in the order of their partners.',
      resolve: ({ runIds }) => runIds.map((id) => encodeGlobalID('Run', id)),
    }),
  }),
});

const Interval = builder.objectRef<IntervalValue>('Interval').implement({
  description: 'Between two numbers.',
  fields: (t) => ({
    low: t.exposeFloat('low', { description: 'Its lower end.' }),
    high: t.exposeFloat('high', { description: 'Its upper end.' }),
  }),
});

const FigureComparison = builder.objectRef<FigureComparisonValue>('FigureComparison').implement({
  description: 'One figure of two groups, or of one against zero.',
  fields: (t) => ({
    figure: t.field({ type: RunFigure, description: 'Which one.', resolve: ({ figure }) => figure }),
    a: t.field({ type: Sample, description: 'Of the first group.', resolve: ({ a }) => a }),
    b: t.field({
      type: Sample,
      nullable: true,
      description: 'Of the second group; null where there is none.',
      resolve: ({ b }) => b,
    }),
    difference: t.exposeFloat('difference', {
      description: 'Mean of `a` less that of `b`; of pairs the mean of their differences, of one group its mean.',
    }),
    interval: t.field({
      type: Interval,
      nullable: true,
      description:
        'Where the difference lies, with the confidence that was asked for: bootstrap, bias-corrected and accelerated (BCa); of pairs, pairs are drawn. Null where a group has fewer than two runs.',
      resolve: ({ interval }) => interval,
    }),
    pValue: t.exposeFloat('pValue', {
      description:
        'How often chance alone would make a difference at least as far from zero, on either side: a permutation test, of pairs and of one group by flipping signs, of two groups by drawing anew which run is of which.',
    }),
    exact: t.exposeBoolean('exact', {
      description:
        'Whether all permutations were looked at, which are no more than `resamples`; otherwise so many random ones, and `pValue` is (r + 1) / (n + 1).',
    }),
    adjustedPValue: t.exposeFloat('adjustedPValue', {
      description:
        'The same for a finding among `comparisons`, by the method of Holm: the chance of any false one among those below 0.05 is at most 5 %.',
    }),
    effectSize: t.float({
      nullable: true,
      description:
        "The difference in standard deviations: of pairs and of one group d_z, mean over standard deviation of the differences; of two groups Hedges' g, over their pooled standard deviation, times 1 − 3 / (4ν − 1) with ν degrees of freedom. Null where nothing spreads, or a group has fewer than two runs.",
      resolve: ({ effectSize }) => effectSize,
    }),
  }),
});

const RunGroup = builder.enumType('RunGroup', {
  description: 'Which of two groups.',
  values: { A: { description: 'The first.' }, B: { description: 'The second.' } } satisfies Record<Side, object>,
});

const MissingRuns = builder.objectRef<MissingRunsValue>('MissingRuns').implement({
  description: 'Runs of a group that are left out, for one reason.',
  fields: (t) => ({
    group: t.field({ type: RunGroup, description: 'Which group.', resolve: ({ group }) => group }),
    count: t.exposeInt('count', { description: 'How many.' }),
    reason: t.exposeString('reason', { description: 'Why, and where something helps, what.' }),
  }),
});

const GroupComparison = builder.objectRef<GroupComparisonValue>('GroupComparison').implement({
  description: 'Groups of runs beside each other. Made of what is stored alone.',
  fields: (t) => ({
    comparisons: t.int({
      description: 'How many figures were compared: what p-values are adjusted for.',
      resolve: ({ figures }) => figures.length,
    }),
    countA: t.int({ description: 'Completed runs of the first group.', resolve: ({ countOfA }) => countOfA }),
    countB: t.int({
      nullable: true,
      description: 'Completed runs of the second group; null where there is none.',
      resolve: ({ countOfB }) => countOfB,
    }),
    pairs: t.int({
      nullable: true,
      description: 'How many pairs of runs there are; null where runs are not paired.',
      resolve: ({ pairs }) => pairs,
    }),
    missing: t.int({
      description: 'Runs of both groups of which some figure is left out: they have no partner, or lack it.',
      resolve: ({ missing }) => missing.reduce((sum, { count }) => sum + count, 0),
    }),
    missingRuns: t.field({
      type: [MissingRuns],
      description: 'Those by group and reason; a run with several by its first.',
      resolve: ({ missing }) => [...missing],
    }),
    figures: t.field({
      type: [FigureComparison],
      description: 'Each figure, in the order in which they were asked for; heads and blocks first to last.',
      resolve: ({ figures }) => [...figures],
    }),
  }),
});

const CompareGroupsResult = builder.unionType('CompareGroupsResult', {
  description: 'Groups of runs beside each other, or why they cannot be compared.',
  types: [GroupComparison, InputError, UnknownRunError, RunStateError, OverCapacityError],
  resolveType: typeOf('GroupComparison'),
});

builder.queryField('compareGroups', (t) =>
  t.field({
    type: CompareGroupsResult,
    extensions: computes,
    description: `What differs between two groups of completed runs, or one and zero: by how much, how surely, and whether it could be chance. No model is run. At most ${mostRuns} runs a group, and ${mostDrawn / 1e9} billion numbers drawn: twice the runs, times \`resamples\`, times the comparisons.`,
    args: {
      input: t.arg({ type: CompareGroupsInput, required: true, description: 'Which groups, by which figures.' }),
    },
    complexity: ({ input }) => ({
      field: passComplexity + readingComplexity(input) + resamplingComplexity(input),
    }),
    resolve: (_, { input }, context) =>
      orFailure(() =>
        compareGroups(groupsRequestOf(input, context.signal), context.runs, (run) => readerOf(run, context)),
      ),
  }),
);

/** What drawing costs, a figure that is many as ten. */
function resamplingComplexity({ figures, resamples }: typeof CompareGroupsInput.$inferInput): number {
  const count = figures.reduce((sum, { heads, layers }) => sum + (heads || layers ? 10 : 1), 0);
  return Math.ceil((count * Math.min(Math.max(resamples, 0), resampleBounds.most)) / 1000);
}
