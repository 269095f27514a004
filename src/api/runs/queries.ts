/** Runs by their id, and lists of them. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import { isRunId } from '../../runs/run-ids.ts';
import type { RunRecord } from '../../runs/types.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { globalIdOf } from '../global-id.ts';
import { connectionTo, pageComplexity, pageOf, pageSizes } from '../paging.ts';
import { foundRun } from './found-run.ts';
import { RunFilter, requireShort } from './run-filter.ts';
import { Run, runIdOf } from './run-type.ts';

/** A cursor is the id of the run; ids are in the order of runs, so that one which is gone is a place all the same. */
const paging = {
  ...pageSizes,
  cursorOf: ({ id }: RunRecord) => encodeGlobalID('Run', id),
  placeOf: (cursor: string) => {
    const named = globalIdOf(cursor);
    return named?.typename === 'Run' && isRunId(named.id) ? named.id : undefined;
  },
};

builder.queryFields((t) => ({
  runs: t.connection(
    {
      type: Run,
      nullable: true,
      description: 'Stored runs, newest first. Null with an error of its own for a page that there is none.',
      args: { filter: t.arg({ type: RunFilter, description: 'Default: all.' }) },
      complexity: (args) => pageComplexity(args),
      resolve: (_, { filter, ...args }, { runs }) =>
        orGraphQLError(() => {
          requireShort(filter?.prompt);
          return connectionTo(pageOf(args, paging), paging, (page) => runs.list(page, filter ?? {}));
        }),
    },
    { name: 'RunConnection', description: 'A page of runs.' },
    { name: 'RunEdge', description: 'A run in a page.' },
  ),
  run: t.field({
    type: Run,
    nullable: true,
    description: 'The run with this id; null when there is none, and for what is no id.',
    args: { id: t.arg.id({ required: true, description: 'As in `Run.id`.' }) },
    resolve: (_, { id }, context) => foundRun(runIdOf(id), context),
  }),
}));
