/** Lists of runs in pages. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import type { OwnRuns } from '../../runs/own-runs.ts';
import type { RunFilter } from '../../runs/run-filter.ts';
import { isRunId } from '../../runs/run-ids.ts';
import type { RunRecord } from '../../runs/types.ts';
import { builder } from '../builder.ts';
import { globalIdOf } from '../global-id.ts';
import { connectionTo, type PageArguments, pageOf, pageSizes } from '../paging.ts';
import { Run } from './run-type.ts';

/** A cursor is the id of the run; ids are in the order of runs, so that one which is gone is a place all the same. */
const paging = {
  ...pageSizes,
  cursorOf: ({ id }: RunRecord) => encodeGlobalID('Run', id),
  placeOf: (cursor: string) => {
    const named = globalIdOf(cursor);
    return named?.typename === 'Run' && isRunId(named.id) ? named.id : undefined;
  },
};

export const RunConnection = builder.connectionObject(
  { type: Run, name: 'RunConnection', description: 'A page of runs.' },
  { name: 'RunEdge', description: 'A run in a page.' },
);

/** @throws GraphQLError with the code INPUT when the arguments name no page */
export function runPage(runs: Pick<OwnRuns, 'list'>, args: PageArguments, filter: RunFilter) {
  return connectionTo(pageOf(args, paging), paging, (page) => runs.list(page, filter));
}
