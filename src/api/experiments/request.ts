/** What is said of an experiment, and which runs are meant, as clients write it. */
import { inputError, within } from '../../errors.ts';
import type { ExperimentDetails, MeantRuns } from '../../runs/experiment-store.ts';
import {
  experimentName,
  experimentTags,
  longestDescription,
  longestName,
  longestTag,
  mostTags,
  requireLength,
} from '../../runs/labels.ts';
import { builder } from '../builder.ts';
import { RunFilter, runFilterOf } from '../runs/run-filter.ts';
import { runIdOf } from '../runs/run-type.ts';

/** Runs that one request may name by their ids. */
const mostRuns = 1000;

const nameLimits = `At most ${longestName} characters in one line, spaces around it aside; no other experiment has it.`;
const descriptionLimits = `At most ${longestDescription} characters.`;
const tagsLimits = `At most ${mostTags} of at most ${longestTag} characters each, spaces around them aside; one that is given twice stands once.`;

export const CreateExperimentInput = builder.inputType('CreateExperimentInput', {
  description: 'What is said of a new experiment.',
  fields: (t) => ({
    name: t.string({ required: true, description: `What it is called. ${nameLimits}` }),
    description: t.string({
      required: true,
      defaultValue: '',
      description: `What it is to find out. ${descriptionLimits}`,
    }),
    tags: t.stringList({
      required: true,
      defaultValue: [],
      description: `Words that it is found by. ${tagsLimits}`,
    }),
  }),
});

export const UpdateExperimentInput = builder.inputType('UpdateExperimentInput', {
  description: 'What of an experiment is to be said otherwise. What is not given stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'As in `Experiment.id`.' }),
    name: t.string({ description: `What it is called from now on. ${nameLimits}` }),
    description: t.string({ description: `In place of its description. ${descriptionLimits}` }),
    tags: t.stringList({ description: `In place of all its tags. ${tagsLimits}` }),
  }),
});

export const ExperimentRunsInput = builder.inputType('ExperimentRunsInput', {
  description: 'Which runs join or leave an experiment: give either `runs` or `filter`.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'As in `Experiment.id`.' }),
    runs: t.idList({
      description: `Ids of runs, at most ${mostRuns}. Where there is no run of one of them, nothing changes.`,
    }),
    filter: t.field({
      type: RunFilter,
      description:
        'All runs that it admits now, however many; of those that leave, within this experiment. An empty one admits all.',
    }),
  }),
});

/** @throws TributaryError INPUT for what is over a limit */
export function detailsOf(input: typeof CreateExperimentInput.$inferInput): ExperimentDetails {
  const { name, description = '', tags = [] } = input;
  return { name: '', description, tags: [], ...changesOf({ name, description, tags }) };
}

/** The same of what is given. */
export function changesOf({
  name,
  description,
  tags,
}: Omit<typeof UpdateExperimentInput.$inferInput, 'id'>): Partial<ExperimentDetails> {
  return within('input', () => {
    requireLength('description', description ?? '', longestDescription);
    return {
      ...(typeof name === 'string' && { name: experimentName('name', name) }),
      ...(typeof description === 'string' && { description }),
      ...(tags && { tags: experimentTags('tags', tags) }),
    };
  });
}

/** @throws TributaryError INPUT where it is not said which, or in both ways */
export function meantRuns({ runs, filter }: typeof ExperimentRunsInput.$inferInput): MeantRuns {
  if (runs && filter) throw inputError('input.filter', 'Runs are meant by `runs` or by `filter`; give one of the two');
  if (filter) return { filter: runFilterOf(filter, 'input.filter') };
  if (!runs) throw inputError('input.runs', 'Say which runs are meant: their ids in `runs`, or a `filter`');
  if (runs.length > mostRuns)
    throw inputError(
      'input.runs',
      `At most ${mostRuns} runs are named at once, not ${runs.length}; give fewer, or a \`filter\``,
    );
  return { ids: runs.map(runIdOf) };
}
