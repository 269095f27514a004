/** What starts runs, starts them again, and ends them. */
import { unknownRun } from '../../errors.ts';
import { ledgerFigures } from '../../explain/attribution/ledger/ledger.ts';
import { circulationFigures } from '../../explain/circulation/event.ts';
import { subjectOf } from '../../runs/subject.ts';
import type { Asking, RunRecord } from '../../runs/types.ts';
import { AttributionFigure, selectionOfFigures } from '../attribution/figures.ts';
import {
  attributionQuestions,
  LogitAttributionInput,
  LogitAttributionsInput,
  passesComplexity,
} from '../attribution/request.ts';
import { builder, type Context, passComplexity, readingComplexity } from '../builder.ts';
import { CirculationFigure, CirculationInput, circulationQuestion } from '../circulation/request.ts';
import { experimentArgument, joining } from '../experiments/experiment-argument.ts';
import {
  OverCapacityError,
  orFailure,
  questionFailures,
  ReadOnlyError,
  RunStateError,
  typeOf,
  UnknownRunError,
} from '../failures.ts';
import { GenerationInput, generationQuestion } from '../generation/request.ts';
import { repeated } from './repeat.ts';
import { RunPayload } from './run-payload.ts';
import { keepStartedArgument, Run, runIdOf } from './run-type.ts';

const StartRunResult = builder.unionType('StartRunResult', {
  description: 'The run that answers the question, or what was wrong with the request.',
  types: [RunPayload, ...questionFailures],
  resolveType: typeOf('RunPayload'),
});
const RunsPayload = builder.objectRef<{ readonly runs: readonly RunRecord[] }>('RunsPayload').implement({
  description: 'The runs that were started or found.',
  fields: (t) => ({
    runs: t.field({
      type: [Run],
      description: 'One for each target, in order, as it is now.',
      // The mutation's own complexity counts the targets.
      complexity: { field: 0, multiplier: 1 },
      resolve: ({ runs }) => [...runs],
    }),
  }),
});

const StartRunsResult = builder.unionType('StartRunsResult', {
  description: 'The runs that answer the questions, or what was wrong with the request.',
  types: [RunsPayload, ...questionFailures],
  resolveType: typeOf('RunsPayload'),
});
const RepeatRunResult = builder.unionType('RepeatRunResult', {
  description: 'The run that answers the same question, or why it cannot be asked again.',
  types: [RunPayload, UnknownRunError, ...questionFailures],
  resolveType: typeOf('RunPayload'),
});
const CancelRunResult = builder.unionType('CancelRunResult', {
  description: 'The cancelled run, or why it cannot be cancelled.',
  types: [RunPayload, UnknownRunError, ReadOnlyError, RunStateError, OverCapacityError],
  resolveType: typeOf('RunPayload'),
});
const DeleteRunResult = builder.unionType('DeleteRunResult', {
  description: 'The run that was deleted, or why it cannot be.',
  types: [RunPayload, UnknownRunError, ReadOnlyError, RunStateError, OverCapacityError],
  resolveType: typeOf('RunPayload'),
});

const figuresArgument = {
  type: [AttributionFigure] as [typeof AttributionFigure],
  required: true as const,
  defaultValue: [...ledgerFigures],
  description:
    'What its events will be asked for, beside what every attribution tells; LENS: of five tokens. What is not named here is not computed with it: who selects it of the events waits for the end of the run, and for another pass. Default: everything.',
};

/** @throws TributaryError UNKNOWN_MODEL, CHECKPOINT, PROMPT, TARGET, OVER_CAPACITY */
async function startedAttributions(
  input: typeof LogitAttributionsInput.$inferInput,
  figures: readonly (typeof AttributionFigure.$inferType)[],
  asked: Pick<Asking, 'keep' | 'experiments'>,
  { catalogue, runs, client }: Context,
): Promise<RunRecord[]> {
  const model = await catalogue.get(input.model);
  const questions = attributionQuestions(model, input);
  const asking = { ...asked, client };
  return runs.attributions.start(await subjectOf(model), questions, selectionOfFigures(figures), asking);
}

builder.mutationFields((t) => ({
  startCirculation: t.field({
    type: StartRunResult,
    description:
      'Starts a circulation, or finds the one that is under way or completed. Does not wait for it: follow it with `runEvents`. Unless it is kept, somebody has to do that within LEAVE_GRACE seconds.',
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
      keep: t.arg.boolean(keepStartedArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: ({ input }) => passComplexity + readingComplexity(input),
    resolve: (_, { input, figures, keep, experiment }, { catalogue, runs, client }) =>
      orFailure(async () => {
        const model = await catalogue.get(input.model);
        const question = circulationQuestion(model, input, figures);
        const asking = { keep, client, ...joining(experiment) };
        return { run: await runs.startCirculation(await subjectOf(model), question, asking) };
      }),
  }),
  startGeneration: t.field({
    type: StartRunResult,
    description:
      'Has a model go on from a prompt, or finds the generation that is under way or completed. Does not wait for it: follow it with `runEvents`. Unless it is kept, somebody has to do that within LEAVE_GRACE seconds.',
    args: {
      input: t.arg({ type: GenerationInput, required: true, description: 'What the model is to go on from, and how.' }),
      explained: t.arg.boolean({
        required: true,
        defaultValue: true,
        description: 'Whether its events will tell what each token comes from: `TokenAttributed`.',
      }),
      keep: t.arg.boolean(keepStartedArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: ({ input }) => passComplexity + readingComplexity(input),
    resolve: (_, { input, explained, keep, experiment }, { catalogue, runs, client }) =>
      orFailure(async () => {
        const model = await catalogue.get(input.model);
        const question = generationQuestion(model, input, explained);
        const asking = { keep, client, ...joining(experiment) };
        return { run: await runs.startGeneration(await subjectOf(model), question, asking) };
      }),
  }),
  startLogitAttribution: t.field({
    type: StartRunResult,
    description:
      'Starts a logit attribution, or finds the one that is under way or completed. Does not wait for it: follow it with `runEvents`. Unless it is kept, somebody has to do that within LEAVE_GRACE seconds.',
    args: {
      input: t.arg({ type: LogitAttributionInput, required: true, description: 'Which logit to explain.' }),
      figures: t.arg(figuresArgument),
      keep: t.arg.boolean(keepStartedArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: ({ input }) => passesComplexity(input) + readingComplexity(input),
    resolve: (_, { input: { target, ...input }, figures, keep, experiment }, context) =>
      orFailure(async () => {
        const targets = [target ?? { kind: 'LOGIT' as const }];
        const [run] = await startedAttributions(
          { ...input, targets },
          figures,
          { keep, ...joining(experiment) },
          context,
        );
        return { run: run as RunRecord };
      }),
  }),
  startLogitAttributions: t.field({
    type: StartRunsResult,
    description:
      "Starts a logit attribution for each of several targets of one prompt, which share the model's own pass as by `logitAttributions`, or finds those that are under way or completed. Each is a run of its own, and told of by itself: follow it with `runEvents`. Unless they are kept, somebody has to do that within LEAVE_GRACE seconds.",
    args: {
      input: t.arg({ type: LogitAttributionsInput, required: true, description: 'Which logits to explain.' }),
      figures: t.arg(figuresArgument),
      keep: t.arg.boolean(keepStartedArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: ({ input }) => ({
      field: passesComplexity(input) * Math.max(input.targets.length, 1) + readingComplexity(input),
      multiplier: Math.max(input.targets.length, 1),
    }),
    resolve: (_, { input, figures, keep, experiment }, context) =>
      orFailure(async () => ({
        runs: await startedAttributions(input, figures, { keep, ...joining(experiment) }, context),
      })),
  }),
  repeatRun: t.field({
    type: RepeatRunResult,
    description:
      'Asks what a run was asked once more, of the model of that name as it is now, with the same token ids: `Run.input` shows what. Where a run answers that already, or is about to, it is that one: the same, if it completed and the model has not changed; otherwise a new one starts. Unless it is kept, somebody has to follow it within LEAVE_GRACE seconds.',
    args: {
      id: t.arg.id({ required: true, description: 'As in `Run.id`.' }),
      keep: t.arg.boolean(keepStartedArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: passComplexity,
    resolve: (_, { id, keep, experiment }, context) =>
      orFailure(async () => {
        const asked = { keep, ...joining(experiment) };
        const run = await context.runs.find(runIdOf(id));
        if (!run) throw unknownRun(id);
        return { run: await repeated(run, asked, context) };
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
