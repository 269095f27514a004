/** What groups of runs are compared by, as a client says it. */
import { inputError } from '../../errors.ts';
import type { FigureRequest } from '../../experiments/comparison/figure.ts';
import { type GroupRequest, mostRuns } from '../../experiments/comparison/group.ts';
import {
  confidenceBounds,
  type GroupsRequest,
  mostPairSlots,
  mostRequests,
  resampleBounds,
} from '../../experiments/comparison/groups-request.ts';
import type { Pairing } from '../../experiments/comparison/pairing.ts';
import { builder } from '../builder.ts';
import { RunFilter, runFilterOf } from '../runs/run-filter.ts';
import { runIdOf } from '../runs/run-type.ts';
import { SlotValueInput } from '../sweeps/request.ts';
import { sweepIdOf } from '../sweeps/sweep-type.ts';

const RunGroupInput = builder.inputType('RunGroupInput', {
  description: `Completed runs for which every condition that is given holds; at least one is, and they admit at most ${mostRuns} runs. In the order of \`runs\` or of the rows of sweeps, otherwise oldest first.`,
  fields: (t) => ({
    filter: t.field({ type: RunFilter, description: 'Only runs that it admits, and of those only completed ones.' }),
    slots: t.field({
      type: [SlotValueInput],
      description: 'Only runs that answer a row of a sweep which has all of these texts in its slots.',
    }),
    sweep: t.id({ description: 'Only runs that answer a row of this sweep: `Sweep.id`.' }),
    runs: t.idList({ description: 'Only these runs: `Run.id`.' }),
  }),
});

const RunPairing = builder.enumType('RunPairing', {
  description: 'Which run of one group belongs to which of the other.',
  values: {
    PROMPT: { description: 'Those of the same prompt, token by token.' },
    SLOTS: { description: 'Those that answer rows of sweeps with the same texts in the slots of `pairSlots`.' },
    ORDER: {
      description: 'The first to the first, the second to the second, and so on, in the order of their groups.',
    },
  } satisfies Record<Pairing, object>,
});

const FigureTokenInput = builder.inputType('FigureTokenInput', {
  description: 'A token of each prompt. Exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    position: t.int({ description: 'At this position; negative counts from the end.' }),
    slot: t.string({
      description:
        'The tokens that what stands in this slot makes in the prompt, wherever it stands as words of its own: the sum of their scores.',
    }),
  }),
});

const FigureHeadInput = builder.inputType('FigureHeadInput', {
  description: 'An attention head.',
  fields: (t) => ({
    layer: t.int({ required: true, description: 'Its block, from 0.' }),
    head: t.int({ required: true, description: 'Its place in the block, from 0.' }),
  }),
});

const stored = 'Needs `layers` to be stored.';

const RunFigureInput = builder.inputType('RunFigureInput', {
  description: 'One figure of a run, or several. Exactly one of them; those that are no objects are `true`.',
  isOneOf: true,
  fields: (t) => ({
    score: t.boolean({
      description:
        'What is explained: `Audit.logit` of an attribution; of a circulation the sum of the scores of its tracked tokens.',
    }),
    token: t.field({ type: FigureTokenInput, description: "A token's score." }),
    head: t.field({ type: FigureHeadInput, description: `All that passes through one head. ${stored}` }),
    heads: t.boolean({ description: `The same of every head by itself: as many comparisons. ${stored}` }),
    layers: t.boolean({
      description: `All that passes through the attention and the MLP of every block, each by itself. ${stored}`,
    }),
    rank: t.boolean({ description: 'Rank of the target: 1 is the top choice of the model.' }),
    probability: t.boolean({ description: 'Probability of the target.' }),
    faithfulness: t.boolean({
      description:
        'Areas of comprehensiveness and sufficiency of the token scores: two comparisons. Needs `faithfulness` to be stored.',
    }),
  }),
});

export const CompareGroupsInput = builder.inputType('CompareGroupsInput', {
  description: 'Which groups of runs are compared, by what, and how.',
  fields: (t) => ({
    a: t.field({ type: RunGroupInput, required: true, description: 'The first group.' }),
    b: t.field({ type: RunGroupInput, description: 'The second group. Default: none, `a` is compared with zero.' }),
    pairBy: t.field({
      type: RunPairing,
      description:
        'How runs of the two groups belong together, which makes a difference surer; of several that would, the first to the first. Default: not at all.',
    }),
    pairSlots: t.stringList({ description: `With SLOTS, the slots that it goes by: 1 to ${mostPairSlots}.` }),
    figures: t.field({
      type: [RunFigureInput],
      required: true,
      description: `What is compared: 1 to ${mostRequests}.`,
    }),
    resamples: t.int({
      required: true,
      defaultValue: 10_000,
      description: `How many times groups are drawn anew, for the interval and for the p-value: ${resampleBounds.least} to ${resampleBounds.most}.`,
    }),
    confidence: t.float({
      required: true,
      defaultValue: 0.95,
      description: `Of the interval: ${confidenceBounds.least} to ${confidenceBounds.most}.`,
    }),
    seed: t.int({
      required: true,
      defaultValue: 0,
      description: 'What the draws go by: with the same one, the same runs are answered the same.',
    }),
  }),
});

/** @throws TributaryError INPUT */
export function groupsRequestOf(
  { a, b, pairBy, pairSlots, figures, resamples, confidence, seed }: typeof CompareGroupsInput.$inferInput,
  signal: AbortSignal,
): GroupsRequest {
  if (!pairBy && pairSlots)
    throw inputError('input.pairSlots', '`pairSlots` are what SLOTS pairs by; say `pairBy: SLOTS`, or leave them out');
  return {
    a: groupOf('input.a', a),
    b: b ? groupOf('input.b', b) : null,
    pair: pairBy ? { by: pairBy, slots: pairSlots ?? [] } : null,
    figures: figures.map((figure, index) => figureOf(`input.figures.${index}`, figure)),
    resampling: { resamples, confidence, seed, signal },
  };
}

function groupOf(field: string, { filter, slots, sweep, runs }: typeof RunGroupInput.$inferInput): GroupRequest {
  return {
    ...(filter && { filter: runFilterOf(filter, `${field}.filter`) }),
    ...(slots && { slots }),
    ...(sweep && { sweepId: sweepIdOf(String(sweep)) }),
    ...(runs && { runs: runs.map((id) => runIdOf(String(id))) }),
  };
}

function figureOf(field: string, figure: typeof RunFigureInput.$inferInput): FigureRequest {
  const { token, head } = figure;
  if (head) return { kind: 'head', ...head };
  if (token) {
    const { position, slot } = token;
    return typeof position === 'number' ? { kind: 'position', position } : { kind: 'slot', slot: slot ?? '' };
  }
  const [kind] = Object.entries(figure).flatMap(([name, wanted]) => (wanted === true ? [name as WholeFigure] : []));
  if (kind) return { kind };
  throw inputError(field, 'A figure is asked for by `true`; leave out what is not wanted');
}

type WholeFigure = Exclude<FigureRequest['kind'], 'head' | 'position' | 'slot'>;
