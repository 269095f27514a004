/** Runs by their id, and lists of them. */
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { pageComplexity } from '../paging.ts';
import { foundRun } from './found-run.ts';
import { RunConnection, runPage } from './run-connection.ts';
import { RunFilter, runFilterOf } from './run-filter.ts';
import { Run, runIdOf } from './run-type.ts';

builder.queryFields((t) => ({
  runs: t.connection(
    {
      type: Run,
      nullable: true,
      description: 'Stored runs, newest first. Null with an error of its own for a page that there is none.',
      args: { filter: t.arg({ type: RunFilter, description: 'Default: all.' }) },
      complexity: (args) => pageComplexity(args),
      resolve: (_, { filter, ...args }, { runs }) => orGraphQLError(() => runPage(runs, args, runFilterOf(filter))),
    },
    RunConnection,
  ),
  run: t.field({
    type: Run,
    nullable: true,
    description: 'The run with this id; null when there is none, and for what is no id.',
    args: { id: t.arg.id({ required: true, description: 'As in `Run.id`.' }) },
    resolve: (_, { id }, context) => foundRun(runIdOf(id), context),
  }),
}));
