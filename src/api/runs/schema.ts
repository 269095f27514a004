/** Runs in GraphQL. */
import {
  type ResolveCursorConnectionArgs,
  resolveArrayConnection,
  resolveCursorConnection,
} from '@pothos/plugin-relay';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { circulationFigures } from '../../explain/circulation/event.ts';
import type { Place } from '../../jobs/engine.ts';
import type { RunRecord, runKinds, runStatuses } from '../../runs/types.ts';
import { answerSizeOf } from '../answer-size.ts';
import { growing } from '../attribution/deferred-parts.ts';
import { dimensionsOf as attributionDimensions } from '../attribution/dimensions.ts';
import { LogitAttribution } from '../attribution/logit-attribution.ts';
import { passComplexity } from '../attribution/parts/part.ts';
import { attributionQuestion, LogitAttributionInput } from '../attribution/request.ts';
import { firstNeedsOf, mostOf, selectionOf } from '../attribution/selection.ts';
import { builder, computes, defaultPageSize, listComplexity, readingComplexity } from '../builder.ts';
import { dimensionsOf as circulationDimensions } from '../circulation/dimensions.ts';
import { CirculationFigure, CirculationInput, circulationQuestion } from '../circulation/request.ts';
import { RunError, RunEvent } from '../circulation/schema.ts';
import { figuresOf, requireFigures } from '../circulation/selection.ts';
import { expectedSize } from '../expected-size.ts';
import {
  OverCapacityError,
  orFailure,
  orGraphQLError,
  questionFailures,
  RunStateError,
  typeOf,
  UnknownRunError,
} from '../failures.ts';
import { Model } from '../models/schema.ts';
import { eventListsOf } from './event-lists.ts';
import { foundRun } from './found-run.ts';
import { modelOf, tokensOf } from './run-tokens.ts';
import { Run, runIdOf } from './run-type.ts';
import { subjectOf } from './subject.ts';

/** More than a run through any usual model tells; a document pays for all of them. */
const mostEvents = 200;

const RunKind = builder.enumType('RunKind', {
  description: 'What a run does.',
  values: {
    LOGIT_ATTRIBUTION: { description: 'Explains a logit.' },
    CIRCULATION: { description: 'Follows tokens through the layers.' },
  } satisfies Record<(typeof runKinds)[number], object>,
});

const RunStatus = builder.enumType('RunStatus', {
  description: 'How far a run is.',
  values: {
    QUEUED: { description: 'Waits for a worker.' },
    RUNNING: { description: 'Under way.' },
    COMPLETED: { description: 'Has its answer; asking the same again replays it.' },
    FAILED: { description: 'Ended without its answer; `error` says why. Asking the same again runs it anew.' },
    CANCELLED: {
      description:
        'Was cancelled, or nobody was there any more to read it, which `error` says. Asking the same again runs it anew.',
    },
  } satisfies Record<(typeof runStatuses)[number], object>,
});

interface ExperimentRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

const Experiment = builder.objectRef<ExperimentRecord>('Experiment').implement({
  description: 'Runs that belong together, under a name.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Of the experiment.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ createdAt }) => createdAt }),
  }),
});

const RunQueue = builder.objectRef<Place>('RunQueue').implement({
  description:
    'The place of a run that waits. Turns are taken by client, the one first that had least time lately; within a client short work comes before long, and nothing is overtaken for long.',
  fields: (t) => ({
    position: t.exposeInt('position', { description: 'Its place among the runs and requests that wait; 1: the next.' }),
    ahead: t.exposeInt('ahead', { description: 'How many are under way, or begin before it.' }),
    expectedStart: t.field({
      type: 'DateTime',
      description:
        'When it is expected to begin, or to go on, if nobody else comes; by the same estimates as `Model.estimate`.',
      resolve: ({ expectedStart }) => expectedStart,
    }),
  }),
});

builder.node(Run, {
  description: 'An attribution or a circulation, stored with all that it told.',
  id: { resolve: ({ id }) => id, description: 'Of the run.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'contentHash' in value,
  loadOne: foundRun,
  fields: (t) => ({
    kind: t.field({ type: RunKind, description: 'What it does.', resolve: ({ question }) => question.kind }),
    status: t.field({ type: RunStatus, description: 'How far it is.', resolve: ({ status }) => status }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was asked for.',
      resolve: ({ createdAt }) => createdAt,
    }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When a worker took it; null while it waits.',
      resolve: ({ startedAt }) => startedAt,
    }),
    queue: t.field({
      type: RunQueue,
      nullable: true,
      description:
        'Where it stands in the queue: while it is QUEUED, and while it is RUNNING but stands aside for shorter work; null otherwise.',
      resolve: ({ id }, _, { runs }) => orGraphQLError(() => runs.placeOf(id)),
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null until then.',
      resolve: ({ finishedAt }) => finishedAt,
    }),
    contentHash: t.exposeString('contentHash', {
      description: 'Of model, input, method and method version: same hash, same run.',
    }),
    modelName: t.exposeString('modelName', { description: 'The name of its model when it was asked for.' }),
    model: t.field({
      type: Model,
      nullable: true,
      description: 'Its model; null when the checkpoint is gone or has changed since.',
      resolve: (run, _, context) => modelOf(run, context),
    }),
    experiment: t.field({
      type: Experiment,
      nullable: true,
      description: 'The experiment it belongs to; null for none.',
      resolve: ({ experimentId }, _, { runs }) =>
        orGraphQLError(async () => (experimentId === null ? null : runs.experiment(experimentId))),
    }),
    error: t.field({
      type: RunError,
      nullable: true,
      description: 'Why it failed, or was cancelled though nobody asked for that; null otherwise.',
      resolve: ({ error }) => error,
    }),
    eventCount: t.exposeInt('eventCount', { description: 'How many events it has told so far.' }),
    events: t.field({
      type: [RunEvent],
      description: `What it told, in order, at most ${mostEvents} at once. The answer of an attribution is in \`attribution\`.`,
      args: { after: t.arg.int({ description: 'The last `seq` that is known already. Default: none.' }) },
      complexity: { field: 1, multiplier: mostEvents },
      resolve: (run, { after }, context, info) =>
        orGraphQLError(async () => {
          requireFigures(run, figuresOf(info));
          const model = await modelOf(run, context);
          if (model && run.question.kind === 'CIRCULATION') {
            const dimensions = circulationDimensions(model, run.question.input);
            // The first and the last event are small beside those of the blocks.
            const blocks = Math.min(run.eventCount - (after ?? -1) - 1, dimensions.layerCount, mostEvents);
            answerSizeOf(context).expect(Math.max(blocks, 0) * expectedSize(info, dimensions, 'LayerCirculated'));
          }
          const events = await eventListsOf(context).read(context.runs, run, after ?? undefined, mostEvents);
          const tokens = tokensOf(model);
          return events.map((event) => ({ event, run, tokens }));
        }),
    }),
    attribution: t.field({
      type: LogitAttribution,
      nullable: true,
      extensions: computes,
      description:
        'The answer of a completed logit attribution; null for other runs. What is selected beyond what is stored is computed and added.',
      complexity: { field: passComplexity },
      resolve: (run, _, context, info) =>
        orGraphQLError(async () => {
          if (run.question.kind !== 'LOGIT_ATTRIBUTION' || run.status !== 'COMPLETED') return null;
          const model = await modelOf(run, context);
          const subject = model && (await subjectOf(model));
          const whole = selectionOf(info);
          const selection = context.inParts ? mostOf(firstNeedsOf(info)) : whole;
          if (model) {
            const dimensions = attributionDimensions(model, run.question.input, whole);
            answerSizeOf(context).expect(expectedSize(info, dimensions));
          }
          const read = (further: AttributionSelection) => context.runs.answer(run, subject, further, context);
          const value = { run, model, tokens: tokensOf(model), result: await read(selection) };
          return context.inParts ? growing(value, selection, read) : value;
        }),
    }),
  }),
});

const RunFilter = builder.inputType('RunFilter', {
  description: 'Which runs to list; every condition that is given must hold.',
  fields: (t) => ({
    kind: t.field({ type: RunKind, description: 'Only runs of this kind.' }),
    status: t.field({ type: RunStatus, description: 'Only runs of this status.' }),
    model: t.string({ description: 'Only runs of the model of this name.' }),
  }),
});

builder.queryFields((t) => ({
  runs: t.connection(
    {
      type: Run,
      description: 'Stored runs, newest first.',
      args: { filter: t.arg({ type: RunFilter, description: 'Default: all.' }) },
      complexity: listComplexity,
      resolve: (_, { filter, ...args }, { runs }) =>
        resolveCursorConnection(
          { args, toCursor: ({ id }: RunRecord) => id, defaultSize: defaultPageSize, maxSize: 100 },
          (page: ResolveCursorConnectionArgs) => orGraphQLError(() => runs.list(page, filter ?? {})),
        ),
    },
    { name: 'RunConnection', description: 'A page of runs.' },
    { name: 'RunEdge', description: 'A run in a page.' },
  ),
  run: t.field({
    type: Run,
    nullable: true,
    description: 'The run with this id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'As in `Run.id`.' }) },
    resolve: (_, { id }, context) => foundRun(runIdOf(id), context),
  }),
  experiments: t.connection(
    {
      type: Experiment,
      description: 'All experiments, newest first.',
      complexity: listComplexity,
      resolve: async (_, args, { runs }) =>
        resolveArrayConnection({ args, defaultSize: defaultPageSize }, await orGraphQLError(() => runs.experiments())),
    },
    { name: 'ExperimentConnection', description: 'A page of experiments.' },
    { name: 'ExperimentEdge', description: 'An experiment in a page.' },
  ),
}));

const RunPayload = builder.objectRef<{ readonly run: RunRecord }>('RunPayload').implement({
  description: 'The run that was asked about.',
  fields: (t) => ({ run: t.field({ type: Run, description: 'The run, as it is now.', resolve: ({ run }) => run }) }),
});

const StartRunResult = builder.unionType('StartRunResult', {
  description: 'The run that answers the question, or what was wrong with the request.',
  types: [RunPayload, ...questionFailures],
  resolveType: typeOf('RunPayload'),
});
const CancelRunResult = builder.unionType('CancelRunResult', {
  description: 'The cancelled run, or why it cannot be cancelled.',
  types: [RunPayload, UnknownRunError, RunStateError, OverCapacityError],
  resolveType: typeOf('RunPayload'),
});
const DeleteRunResult = builder.unionType('DeleteRunResult', {
  description: 'The run that was deleted, or why it cannot be.',
  types: [RunPayload, UnknownRunError, RunStateError, OverCapacityError],
  resolveType: typeOf('RunPayload'),
});

builder.mutationFields((t) => ({
  startCirculation: t.field({
    type: StartRunResult,
    description:
      'Starts a circulation, or finds the one that is under way or completed. Does not wait for it: follow it with `runEvents`. It is kept, whether anybody does or not.',
    args: {
      input: t.arg({
        type: CirculationInput,
        required: true,
        description: 'Which tokens to follow through which model.',
      }),
      figures: t.arg({
        type: [CirculationFigure],
        required: true,
        defaultValue: [...circulationFigures],
        description:
          'What its events will be asked for, beside what every circulation tells. What is not named here is not computed, and cannot be selected of them. Default: everything.',
      }),
    },
    complexity: ({ input }) => 1 + readingComplexity(input),
    resolve: (_, { input, figures }, { catalogue, runs, client }) =>
      orFailure(async () => {
        const model = await catalogue.get(input.model);
        const question = circulationQuestion(model, input, figures);
        return { run: await runs.startCirculation(await subjectOf(model), question, { keep: true, client }) };
      }),
  }),
  startLogitAttribution: t.field({
    type: StartRunResult,
    description:
      'Starts a logit attribution, or finds the one that is under way or completed. Does not wait for it: `run` shows when it is completed. It is kept, whether anybody waits for it or not.',
    args: { input: t.arg({ type: LogitAttributionInput, required: true, description: 'Which logit to explain.' }) },
    complexity: ({ input }) => 1 + readingComplexity(input),
    resolve: (_, { input }, { catalogue, runs, client }) =>
      orFailure(async () => {
        const model = await catalogue.get(input.model);
        const question = attributionQuestion(model, input);
        const [run] = await runs.startAttributions(await subjectOf(model), question, {}, { keep: true, client });
        return { run: run as RunRecord };
      }),
  }),
  cancelRun: t.field({
    type: CancelRunResult,
    description: 'Ends a run that is queued or under way, before its next block. What it told so far stays stored.',
    args: { id: t.arg.id({ required: true, description: 'As in `Run.id`.' }) },
    resolve: (_, { id }, { runs }) => orFailure(async () => ({ run: await runs.cancel(runIdOf(id)) })),
  }),
  deleteRun: t.field({
    type: DeleteRunResult,
    description: 'Deletes a run that has ended, with all that it told.',
    args: { id: t.arg.id({ required: true, description: 'As in `Run.id`.' }) },
    resolve: (_, { id }, { runs }) => orFailure(async () => ({ run: await runs.delete(runIdOf(id)) })),
  }),
}));
