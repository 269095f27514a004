/** Experiments in GraphQL. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import type { ExperimentRecord } from '../../runs/experiment-store.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { globalIdOf } from '../global-id.ts';
import { connectionTo, pageComplexity, pageOf, pageSizes, readFrom } from '../paging.ts';
import { readApart } from '../selected-fields.ts';

export const Experiment = builder.objectRef<ExperimentRecord>('Experiment');
builder.node(Experiment, {
  description: 'Runs that belong together, under a name.',
  extensions: readApart,
  id: { resolve: ({ id }) => id, description: 'Of the experiment.' },
  loadOne: (id, { runs }) => orGraphQLError(() => runs.experiments.find(id)),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ createdAt }) => createdAt }),
  }),
});

builder.queryField('experiments', (t) =>
  t.connection(
    {
      type: Experiment,
      nullable: true,
      description: 'All experiments, newest first. Null with an error of its own for a page that there is none.',
      complexity: (args) => pageComplexity(args),
      resolve: async (_, args, { runs }) => {
        const all = await orGraphQLError(() => runs.experiments.list());
        // The place of one that is gone is not known: its cursor is none any more.
        const paging = {
          ...pageSizes,
          cursorOf: ({ id }: ExperimentRecord) => encodeGlobalID('Experiment', id),
          placeOf: (cursor: string) => {
            const named = globalIdOf(cursor);
            const place = all.findIndex(({ id }) => named?.typename === 'Experiment' && id === named.id);
            return place === -1 ? undefined : place;
          },
        };
        const page = pageOf(args, paging);
        return connectionTo(
          page,
          paging,
          readFrom(all, (experiment, place) => all.indexOf(experiment) - place),
        );
      },
    },
    { name: 'ExperimentConnection', description: 'A page of experiments.' },
    { name: 'ExperimentEdge', description: 'An experiment in a page.' },
  ),
);
