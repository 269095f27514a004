/** Experiments by their name, and lists of them. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import type { ExperimentRecord } from '../../runs/experiment-list.ts';
import { experimentName } from '../../runs/labels.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { globalIdOf } from '../global-id.ts';
import { connectionTo, pageComplexity, pageOf, pageSizes } from '../paging.ts';
import { Experiment } from './experiment-type.ts';

const ExperimentFilter = builder.inputType('ExperimentFilter', {
  description: 'Which experiments to list: those for which every condition that is given holds.',
  fields: (t) => ({
    name: t.string({ description: 'Only experiments whose name has this in it, in letters of any case.' }),
    tag: t.string({ description: 'Only experiments with this tag.' }),
  }),
});

/** A cursor is the id of the experiment; ids are in the order of experiments, so that one which is gone is a place all the same. */
const paging = {
  ...pageSizes,
  cursorOf: ({ id }: ExperimentRecord) => encodeGlobalID('Experiment', id),
  placeOf: (cursor: string) => {
    const named = globalIdOf(cursor);
    return named?.typename === 'Experiment' ? named.id : undefined;
  },
};

builder.queryFields((t) => ({
  experiments: t.connection(
    {
      type: Experiment,
      nullable: true,
      description: 'Experiments, newest first. Null with an error of its own for a page that there is none.',
      args: { filter: t.arg({ type: ExperimentFilter, description: 'Default: all.' }) },
      complexity: (args) => pageComplexity(args),
      resolve: (_, { filter, ...args }, { runs }) =>
        orGraphQLError(() =>
          connectionTo(pageOf(args, paging), paging, (page) => runs.experiments.list(page, filter ?? {})),
        ),
    },
    { name: 'ExperimentConnection', description: 'A page of experiments.' },
    { name: 'ExperimentEdge', description: 'An experiment in a page.' },
  ),
  experiment: t.field({
    type: Experiment,
    nullable: true,
    description: 'The experiment of this name; null when there is none. By its id, `node` finds it.',
    args: { name: t.arg.string({ required: true, description: 'As in `Experiment.name`, in the same case.' }) },
    resolve: (_, { name }, { runs }) =>
      orGraphQLError(async () => (await runs.experiments.findByName(experimentName('name', name))) ?? null),
  }),
}));
