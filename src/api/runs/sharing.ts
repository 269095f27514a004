/** What lets others read a run, and no longer. */
import { builder } from '../builder.ts';
import { OverCapacityError, orFailure, ReadOnlyError, typeOf, UnknownRunError } from '../failures.ts';
import { RunPayload } from './run-payload.ts';
import { runIdOf } from './run-type.ts';

const types = [RunPayload, UnknownRunError, ReadOnlyError, OverCapacityError];

const ShareRunResult = builder.unionType('ShareRunResult', {
  description: 'The run that is shared, or why it is not.',
  types,
  resolveType: typeOf('RunPayload'),
});
const UnshareRunResult = builder.unionType('UnshareRunResult', {
  description: 'The run that is shared no longer, or why it still is.',
  types,
  resolveType: typeOf('RunPayload'),
});

builder.mutationFields((t) => ({
  shareRun: t.field({
    type: ShareRunResult,
    description:
      'Lets everybody who may read find a run by its id: what it was asked, what it tells, its answer as far as it is stored, and its note. They cannot change it, and it is in no list of theirs.',
    args: { id: t.arg.id({ required: true, description: 'As in `Run.id`.' }) },
    resolve: (_, { id }, { runs }) => orFailure(async () => ({ run: await runs.share(runIdOf(id), true) })),
  }),
  unshareRun: t.field({
    type: UnshareRunResult,
    description:
      'Takes back what `shareRun` allows: for others the run is as if it were not there. Who follows it at that moment is told it to its end.',
    args: { id: t.arg.id({ required: true, description: 'As in `Run.id`.' }) },
    resolve: (_, { id }, { runs }) => orFailure(async () => ({ run: await runs.share(runIdOf(id), false) })),
  }),
}));
