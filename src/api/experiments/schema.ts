/** Experiments in GraphQL. */
import { inputError } from '../../errors.ts';
import type { ExperimentRecord } from '../../runs/experiment-list.ts';
import type { RunFilter as Filter } from '../../runs/run-filter.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { pageComplexity } from '../paging.ts';
import { aggregatesComplexity, RunAggregates } from '../runs/aggregates.ts';
import { RunConnection, runPage } from '../runs/run-connection.ts';
import { RunFilter, runFilterOf } from '../runs/run-filter.ts';
import { Run } from '../runs/run-type.ts';
import { readApart } from '../selected-fields.ts';
import { Experiment } from './experiment-type.ts';

const filterArgument = {
  type: RunFilter,
  description: 'Which of its runs; `experiment` is this one and may be left out. Default: all.',
} as const;

builder.node(Experiment, {
  description:
    'Runs that belong together, under a name. A run may belong to several. It joins by the argument `experiment` of what makes it, by `addRunsToExperiment`, or by a sweep.',
  extensions: readApart,
  id: { resolve: ({ id }) => id, description: 'Of the experiment.' },
  loadOne: (id, { runs }) => orGraphQLError(() => runs.experiments.find(id)),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name; no other experiment has it.' }),
    description: t.exposeString('description', {
      description: 'What it is to find out, or whatever else people have written of it; empty where nobody has.',
    }),
    tags: t.stringList({
      description: 'Words that it is found by, in the order in which they were given.',
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ tags }) => [...tags],
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ createdAt }) => createdAt }),
    runs: t.connection(
      {
        type: Run,
        nullable: true,
        description: 'Its runs, newest first. Null with an error of its own for a page that there is none.',
        args: { filter: t.arg(filterArgument) },
        complexity: (args) => pageComplexity(args),
        resolve: (experiment, { filter, ...args }, { runs }) =>
          orGraphQLError(() => runPage(runs, args, ownFilter(experiment, filter))),
      },
      RunConnection,
    ),
    aggregates: t.field({
      type: RunAggregates,
      description: 'Figures of all its runs together.',
      args: { filter: t.arg(filterArgument) },
      complexity: { field: aggregatesComplexity },
      resolve: (experiment, { filter }, { runs }) =>
        orGraphQLError(() => runs.many.aggregates(ownFilter(experiment, filter))),
    }),
  }),
});

/** @throws TributaryError INPUT for a filter that asks for those of another one */
function ownFilter({ name, owner }: ExperimentRecord, filter: typeof RunFilter.$inferInput | null | undefined): Filter {
  const own = runFilterOf(filter);
  if ((own.experiment ?? name) === name) return { ...own, experiment: name, experimentOwner: owner };
  throw inputError(
    'filter.experiment',
    `These are runs of ${JSON.stringify(name)}; leave \`experiment\` out, or name it`,
  );
}
