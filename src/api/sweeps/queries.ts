/** Sweeps by their id and of an experiment, and what one would take. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import type { Estimated } from '../../experiments/sweeps/estimate.ts';
import type { Example } from '../../experiments/sweeps/examples.ts';
import { experimentName } from '../../runs/labels.ts';
import { isRunId } from '../../runs/run-ids.ts';
import type { SweepRecord } from '../../runs/sweep-record.ts';
import { builder, computes, readingComplexity } from '../builder.ts';
import { Experiment } from '../experiments/experiment-type.ts';
import { orFailure, orGraphQLError, questionFailures, typeOf } from '../failures.ts';
import { globalIdOf } from '../global-id.ts';
import { connectionTo, pageComplexity, pageOf, pageSizes } from '../paging.ts';
import { RunError } from '../runs/run-event.ts';
import { plannedRows } from './planned-rows.ts';
import { SweepInput } from './request.ts';
import { SlotValue, Sweep, sweepIdOf } from './sweep-type.ts';

/** What reading and counting the rows of a sweep costs. */
const estimateComplexity = 50;

const SweepExample = builder.objectRef<Example>('SweepExample').implement({
  description: 'A row of a sweep that may be asked for, as the model would read it.',
  fields: (t) => ({
    model: t.exposeString('model', { description: 'Of which model it would be asked.' }),
    prompt: t.exposeString('prompt', {
      description: 'The text of the prompt; as it was given where it cannot be read.',
    }),
    tokens: t.exposeInt('tokens', {
      nullable: true,
      description: 'Length of the prompt; null where it cannot be asked.',
    }),
    target: t.exposeString('target', {
      nullable: true,
      description:
        'The token whose logit would be explained, and the one that it is contrasted with; null for what the model finds likeliest, for other operations, and where it cannot be asked.',
    }),
    slots: t.field({
      type: [SlotValue],
      description: 'What stands in the slots of its prompt.',
      resolve: ({ slots }) => Object.entries(slots),
    }),
    error: t.field({
      type: RunError,
      nullable: true,
      description: 'Why it cannot be asked; null where it can.',
      resolve: ({ error }) => error,
    }),
  }),
});

const SweepEstimate = builder.objectRef<Estimated>('SweepEstimate').implement({
  description:
    'What a sweep is expected to take. Of a large one some rows are read, evenly spread, and what is told of all follows from these.',
  fields: (t) => ({
    rows: t.exposeInt('rows', {
      description: 'How many questions it has: one for each prompt, model, method and target.',
    }),
    distinct: t.exposeInt('distinct', { description: 'How many of them are different ones.' }),
    stored: t.exposeInt('stored', {
      description: 'How many of these are answered already, for which nothing is computed.',
    }),
    failing: t.exposeInt('failing', { description: 'How many rows cannot be asked, and would fail.' }),
    seconds: t.exposeFloat('seconds', {
      description:
        'Seconds that computing the others takes, loading the models included, where nothing else is asked meanwhile.',
    }),
    storedBytes: t.exposeFloat('storedBytes', { description: 'Bytes that their runs take in the database.' }),
    peakMemory: t.exposeFloat('peakMemory', {
      description:
        'Bytes that the largest batch takes at the most: weights of its model, and what is kept while it runs.',
    }),
    examples: t.field({
      type: [SweepExample],
      description: 'The first three rows.',
      resolve: ({ examples }) => [...examples],
    }),
  }),
});

const EstimateSweepResult = builder.unionType('EstimateSweepResult', {
  description: 'The estimate, or what was wrong with the request.',
  types: [SweepEstimate, ...questionFailures],
  resolveType: typeOf('SweepEstimate'),
});

/** A cursor is the id of the sweep; ids are in the order of sweeps, so that one which is gone is a place all the same. */
const paging = {
  ...pageSizes,
  cursorOf: ({ id }: SweepRecord) => encodeGlobalID('Sweep', id),
  placeOf: (cursor: string) => {
    const named = globalIdOf(cursor);
    return named?.typename === 'Sweep' && isRunId(named.id) ? named.id : undefined;
  },
};

builder.queryFields((t) => ({
  estimateSweep: t.field({
    type: EstimateSweepResult,
    // The machine's speed is measured where it is not known yet.
    extensions: computes,
    description:
      'How many questions a sweep has, how long it would take, and how much it would store. Nothing is loaded, run or stored for it. What is wrong with the request is told as `startSweep` would tell it.',
    args: { input: t.arg({ type: SweepInput, required: true, description: 'As of `startSweep`.' }) },
    complexity: ({ input }) => estimateComplexity + readingComplexity(input),
    resolve: (_, { input }, context) =>
      orFailure(async () => {
        experimentName('input.experiment', input.experiment);
        return context.sweeps.estimate((await plannedRows(input, context)).rows);
      }),
  }),
  sweep: t.field({
    type: Sweep,
    nullable: true,
    description: 'The sweep with this id; null when there is none, and for what is no id.',
    args: { id: t.arg.id({ required: true, description: 'As in `Sweep.id`.' }) },
    resolve: (_, { id }, { sweeps }) => orGraphQLError(async () => (await sweeps.find(sweepIdOf(id))) ?? null),
  }),
}));

builder.objectField(Experiment, 'sweeps', (t) =>
  t.connection(
    {
      type: Sweep,
      nullable: true,
      description: 'Its sweeps, newest first. Null with an error of its own for a page that there is none.',
      complexity: (args) => pageComplexity(args),
      resolve: (experiment, args, { sweeps }) =>
        orGraphQLError(() => connectionTo(pageOf(args, paging), paging, (page) => sweeps.list(experiment, page))),
    },
    { name: 'SweepConnection', description: 'A page of sweeps.' },
    { name: 'SweepEdge', description: 'A sweep in a page.' },
  ),
);
