/** What makes experiments, changes and deletes them, and what has runs join and leave them. */
import { unknownExperiment } from '../../errors.ts';
import type { ExperimentRecord } from '../../runs/experiment-list.ts';
import type { MeantRuns } from '../../runs/experiment-store.ts';
import { builder, type Context, readingComplexity } from '../builder.ts';
import {
  InputError,
  OverCapacityError,
  orFailure,
  ReadOnlyError,
  typeOf,
  UnknownExperimentError,
  UnknownRunError,
} from '../failures.ts';
import { Experiment, experimentIdOf } from './experiment-type.ts';
import {
  CreateExperimentInput,
  changesOf,
  detailsOf,
  ExperimentRunsInput,
  meantRuns,
  UpdateExperimentInput,
} from './request.ts';

/** Where a name stands that may be taken. */
const nameField = 'input.name';

/** What writing costs beside what is read of the request. */
const writingComplexity = 10;

const ExperimentPayload = builder.objectRef<{ readonly experiment: ExperimentRecord }>('ExperimentPayload').implement({
  description: 'The experiment that was asked about.',
  fields: (t) => ({
    experiment: t.field({
      type: Experiment,
      description: 'The experiment as it is now; of one that was deleted, as it was, without runs.',
      resolve: ({ experiment }) => experiment,
    }),
  }),
});

const CreateExperimentResult = builder.unionType('CreateExperimentResult', {
  description: 'The experiment that was made, or why it was not.',
  types: [ExperimentPayload, InputError, OverCapacityError],
  resolveType: typeOf('ExperimentPayload'),
});
const UpdateExperimentResult = builder.unionType('UpdateExperimentResult', {
  description: 'The experiment with what was changed, or why nothing was.',
  types: [ExperimentPayload, UnknownExperimentError, InputError, OverCapacityError],
  resolveType: typeOf('ExperimentPayload'),
});
const DeleteExperimentResult = builder.unionType('DeleteExperimentResult', {
  description: 'The experiment that was deleted, or why it was not.',
  types: [ExperimentPayload, UnknownExperimentError, OverCapacityError],
  resolveType: typeOf('ExperimentPayload'),
});

interface Moved {
  readonly experiment: ExperimentRecord;
  readonly count: number;
}

const ExperimentRunsPayload = builder.objectRef<Moved>('ExperimentRunsPayload').implement({
  description: 'What has become of an experiment that runs joined or left.',
  fields: (t) => ({
    experiment: t.field({
      type: Experiment,
      description: 'The experiment as it is now.',
      resolve: ({ experiment }) => experiment,
    }),
    count: t.exposeInt('count', {
      description: 'How many runs joined that were not in it before, or left that were.',
    }),
  }),
});

const ExperimentRunsResult = builder.unionType('ExperimentRunsResult', {
  description: 'The experiment with its runs, or why they did not join or leave.',
  types: [ExperimentRunsPayload, UnknownExperimentError, UnknownRunError, ReadOnlyError, InputError, OverCapacityError],
  resolveType: typeOf('ExperimentRunsPayload'),
});

type Input = typeof ExperimentRunsInput.$inferInput;

async function moved(input: Input, { runs }: Context, move: (id: string, meant: MeantRuns) => Promise<number>) {
  const id = experimentIdOf(input.id);
  const count = await move(id, meantRuns(input));
  const experiment = await runs.experiments.find(id);
  // Deleted meanwhile.
  if (!experiment) throw unknownExperiment(id);
  return { experiment, count };
}

const complexity = ({ input }: { readonly input: unknown }) => ({
  field: writingComplexity + readingComplexity(input),
});

builder.mutationFields((t) => ({
  createExperiment: t.field({
    type: CreateExperimentResult,
    description:
      'Makes an experiment. What makes a run under a name that is not there makes the experiment as well, by its argument `experiment`.',
    args: { input: t.arg({ type: CreateExperimentInput, required: true, description: 'What is said of it.' }) },
    complexity,
    resolve: (_, { input }, { runs }) =>
      orFailure(async () => ({ experiment: await runs.experiments.create(detailsOf(input), nameField) })),
  }),
  updateExperiment: t.field({
    type: UpdateExperimentResult,
    description: 'Renames an experiment, describes it, or gives it other tags.',
    args: { input: t.arg({ type: UpdateExperimentInput, required: true, description: 'What is said of it now.' }) },
    complexity,
    resolve: (_, { input }, { runs }) =>
      orFailure(async () => {
        const changes = changesOf(input);
        return { experiment: await runs.experiments.update(experimentIdOf(input.id), changes, nameField) };
      }),
  }),
  deleteExperiment: t.field({
    type: DeleteExperimentResult,
    description:
      'Deletes an experiment, with its sweeps, of which those under way are stopped. Its runs stay, and belong to it no more.',
    args: { id: t.arg.id({ required: true, description: 'As in `Experiment.id`.' }) },
    complexity: { field: writingComplexity },
    resolve: (_, { id }, { runs, sweeps }) =>
      orFailure(async () => {
        const experiment = await runs.experiments.find(experimentIdOf(id));
        if (experiment) await sweeps.leave(experiment);
        return { experiment: await runs.experiments.delete(experimentIdOf(id)) };
      }),
  }),
  addRunsToExperiment: t.field({
    type: ExperimentRunsResult,
    description: 'Has runs join an experiment. Those that are in it already stay in it; other experiments keep theirs.',
    args: { input: t.arg({ type: ExperimentRunsInput, required: true, description: 'Which runs join which one.' }) },
    complexity,
    resolve: (_, { input }, context) =>
      orFailure(() => moved(input, context, (id, meant) => context.runs.experiments.add(id, meant))),
  }),
  removeRunsFromExperiment: t.field({
    type: ExperimentRunsResult,
    description: 'Has runs leave an experiment. They stay stored; `deleteRun` deletes one.',
    args: { input: t.arg({ type: ExperimentRunsInput, required: true, description: 'Which runs leave which one.' }) },
    complexity,
    resolve: (_, { input }, context) =>
      orFailure(() => moved(input, context, (id, meant) => context.runs.experiments.remove(id, meant))),
  }),
}));
