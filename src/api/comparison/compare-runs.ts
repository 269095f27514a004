/** Two runs beside each other, in GraphQL. */
import type { GraphQLResolveInfo } from 'graphql';
import { unknownRun } from '../../errors.ts';
import {
  type AlignedToken as AlignedTokenValue,
  compareRuns,
  type FaithfulnessDifference as FaithfulnessDifferenceValue,
  type HeadDifference as HeadDifferenceValue,
  type LayerDifference as LayerDifferenceValue,
  type RunComparison as RunComparisonValue,
} from '../../experiments/comparison/compare-runs.ts';
import type { ComparedRun } from '../../experiments/comparison/compared-run.ts';
import type { Change } from '../../experiments/comparison/edit-script.ts';
import type { FinerPart } from '../../experiments/comparison/stored-answer.ts';
import { builder, type Context, passComplexity } from '../builder.ts';
import { OverCapacityError, orFailure, RunStateError, typeOf, UnknownRunError } from '../failures.ts';
import { Token, tokenAt, unknownTokens } from '../models/token.ts';
import { foundRun } from '../runs/found-run.ts';
import { readerOf } from '../runs/run-tokens.ts';
import { Run, runIdOf } from '../runs/run-type.ts';
import { selectedFields } from '../selected-fields.ts';
import { ContributionDifference, Difference } from './difference-type.ts';

const TokenChange = builder.enumType('TokenChange', {
  description: 'What becomes of a token from one prompt to another.',
  values: {
    SAME: { description: 'It stands in both.' },
    REPLACED: { description: 'Another one stands in its place.' },
    ADDED: { description: 'It stands in the second alone.' },
    REMOVED: { description: 'It stands in the first alone.' },
  } satisfies Record<Change, object>,
});

interface PlacedToken extends AlignedTokenValue {
  readonly comparison: RunComparisonValue;
}

function tokenOf({ run, reader }: ComparedRun, position: number | null) {
  if (position === null) return null;
  return tokenAt(run.question.input, position, reader ? (id) => ({ id, ...reader.token(id) }) : unknownTokens);
}

const AlignedToken = builder.objectRef<PlacedToken>('AlignedToken').implement({
  description: 'A token of the two prompts, where the second is the first with as few edits as can be.',
  fields: (t) => ({
    change: t.field({
      type: TokenChange,
      description: 'What becomes of it.',
      resolve: ({ change }) => change,
    }),
    a: t.field({
      type: Token,
      nullable: true,
      description: 'As it stands in the first prompt; null where it was added.',
      resolve: ({ a, comparison }) => tokenOf(comparison.a, a),
    }),
    b: t.field({
      type: Token,
      nullable: true,
      description: 'As it stands in the second prompt; null where it was removed.',
      resolve: ({ b, comparison }) => tokenOf(comparison.b, b),
    }),
    scoreA: t.float({
      nullable: true,
      description: 'Its score in the first run; null where it is not there, or a circulation does not track it.',
      resolve: ({ scoreOfA }) => scoreOfA,
    }),
    scoreB: t.float({
      nullable: true,
      description: 'Its score in the second run; null as `scoreA`.',
      resolve: ({ scoreOfB }) => scoreOfB,
    }),
    difference: t.float({
      description:
        'scoreA − scoreB, where what is null counts as 0: over all tokens and `bias`, the differences of runs that add up sum to that of `score`.',
      resolve: ({ scoreOfA, scoreOfB }) => (scoreOfA ?? 0) - (scoreOfB ?? 0),
    }),
  }),
});

const HeadDifference = builder.objectRef<HeadDifferenceValue>('HeadDifference').implement({
  description: 'What an attention head contributes in two runs.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
    head: t.exposeInt('head', { description: 'The head in the block, from 0.' }),
    direct: t.field({
      type: Difference,
      description: 'What it writes straight to the logit.',
      resolve: ({ direct }) => direct,
    }),
    total: t.field({ type: Difference, description: 'All that passes through it.', resolve: ({ total }) => total }),
  }),
});

const LayerDifference = builder.objectRef<LayerDifferenceValue>('LayerDifference').implement({
  description: 'What a block contributes in two runs.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
    attention: t.field({
      type: ContributionDifference,
      description: "The block's attention.",
      resolve: ({ attention }) => attention,
    }),
    mlp: t.field({
      type: ContributionDifference,
      nullable: true,
      description: "The block's MLP; null in a block that has none.",
      resolve: ({ mlp }) => mlp,
    }),
  }),
});

const FaithfulnessDifference = builder.objectRef<FaithfulnessDifferenceValue>('FaithfulnessDifference').implement({
  description: 'How far the token scores of two runs can be trusted.',
  fields: (t) => ({
    comprehensiveness: t.field({
      type: Difference,
      description: 'The `area` of the comprehensiveness: higher is better.',
      resolve: ({ comprehensiveness }) => comprehensiveness,
    }),
    sufficiency: t.field({
      type: Difference,
      description: 'The `area` of the sufficiency: lower is better.',
      resolve: ({ sufficiency }) => sufficiency,
    }),
  }),
});

const nullNotes =
  'Null where one of the runs has it not stored, or it has no such figure: `notes` say why, and how to have it.';

const RunComparison = builder.objectRef<RunComparisonValue>('RunComparison').implement({
  description:
    'Two runs beside each other: two attributions by their token scores, two circulations by the scores of what they track. Differences are those of the first less the second. Made of what is stored alone.',
  fields: (t) => ({
    a: t.field({ type: Run, description: 'The first run.', resolve: ({ a }) => a.run }),
    b: t.field({ type: Run, description: 'The second run.', resolve: ({ b }) => b.run }),
    differs: t.stringList({
      description:
        'What was asked differently, in words, one line each: model, method, options, tracked positions, blocks, target, prompt. Empty where nothing was.',
      resolve: ({ differs }) => [...differs],
    }),
    score: t.field({
      type: Difference,
      description:
        'What is explained, `Audit.logit` of an attribution; of a circulation the sum of the scores of its tracked tokens.',
      resolve: ({ score }) => score,
    }),
    bias: t.field({
      type: Difference,
      nullable: true,
      description: 'What no token accounts for: bias and intercept of an attribution; null of circulations.',
      resolve: ({ bias }) => bias,
    }),
    tokens: t.field({
      type: [AlignedToken],
      description:
        'All tokens of both prompts in order; of a place where several stand, those of the first before those of the second.',
      resolve: (comparison) => comparison.tokens.map((token) => ({ ...token, comparison })),
    }),
    layers: t.field({
      type: [LayerDifference],
      nullable: true,
      description: `What each block contributes, first to last. ${nullNotes}`,
      resolve: ({ layers }) => layers && [...layers],
    }),
    heads: t.field({
      type: [HeadDifference],
      nullable: true,
      description: `What each attention head contributes, by block and head. ${nullNotes}`,
      resolve: ({ heads }) => heads && [...heads],
    }),
    faithfulness: t.field({
      type: FaithfulnessDifference,
      nullable: true,
      description: `What becomes of the probability of the target without the highest-scored tokens, and with nothing else. ${nullNotes}`,
      resolve: ({ faithfulness }) => faithfulness,
    }),
    notes: t.stringList({
      description: 'Why selected parts of the comparison are null, and how to have them, one line each.',
      resolve: ({ notes }) => [...notes],
    }),
  }),
});

const CompareRunsResult = builder.unionType('CompareRunsResult', {
  description: 'Two runs beside each other, or why they cannot be compared.',
  types: [RunComparison, UnknownRunError, RunStateError, OverCapacityError],
  resolveType: typeOf('RunComparison'),
});

builder.queryField('compareRuns', (t) =>
  t.field({
    type: CompareRunsResult,
    description:
      'What differs between two completed attributions, or two completed circulations: their questions, the scores of their tokens, which are aligned, and what blocks and heads contribute. Nothing is computed for it.',
    args: {
      a: t.arg.id({ required: true, description: 'As in `Run.id`.' }),
      b: t.arg.id({ required: true, description: 'Of another run, as in `Run.id`.' }),
    },
    complexity: passComplexity,
    resolve: (_, { a, b }, context, info) =>
      orFailure(async () =>
        compareRuns(
          await comparedRun(a, context),
          await comparedRun(b, context),
          context.runs.many,
          finerIn(info),
          context.signal,
        ),
      ),
  }),
);

async function comparedRun(id: string, context: Context): Promise<ComparedRun> {
  const run = await foundRun(runIdOf(id), context);
  if (!run) throw unknownRun(id);
  return { run, reader: await readerOf(run, context) };
}

function finerIn(info: GraphQLResolveInfo): FinerPart[] {
  const selected = new Set(selectedFields(info).flatMap(({ type, name }) => (type === 'RunComparison' ? name : [])));
  return [
    ...(selected.has('layers') || selected.has('heads') ? (['layers'] as const) : []),
    ...(selected.has('faithfulness') ? (['faithfulness'] as const) : []),
  ];
}
