/** The list of runs as it changes: a stream of the runs' states. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import { type RunChanges as Changes, mostChanged } from '../../runs/run-list.ts';
import { builder } from '../builder.ts';
import { InputError, OverCapacityError, typeOf } from '../failures.ts';
import { toldBy } from '../lasting.ts';
import { type SelectedField, selectedFields } from '../selected-fields.ts';
import { stateComplexity, stateStream } from '../state-stream.ts';
import { RunFilter, runFilterOf } from './run-filter.ts';
import { Run } from './run-type.ts';

const RunChanges = builder.objectRef<Changes>('RunChanges').implement({
  description:
    'What has become of the runs since the event before. The first event is empty, and tells that from now on nothing is missed.',
  fields: (t) => ({
    changed: t.field({
      type: [Run],
      complexity: { field: 1, multiplier: mostChanged },
      description: `Those that the filter admits and that are new, or of another status, or have told more, or of which people say something else, as they are now; at most ${mostChanged}, further ones are in the next event. The one comes first that changed first.`,
      resolve: ({ changed }) => [...changed],
    }),
    removed: t.idList({
      description:
        'Ids of runs that the list has no more: deleted, or with a status, a pin or experiments that the filter does not admit. Some of them it may never have had.',
      resolve: ({ removed }) => removed.map((id) => encodeGlobalID('Run', id)),
    }),
    missed: t.exposeBoolean('missed', {
      description:
        'Whether so much has changed, at once or while the client did not read, that the server does not tell each change: then read `runs` anew.',
    }),
  }),
});

const RunChangesEvent = builder.unionType('RunChangesEvent', {
  description: 'How runs stand, or what was wrong with the request.',
  types: [RunChanges, InputError, OverCapacityError],
  resolveType: typeOf('RunChanges'),
});

/** Fields of a run that are as they were stored; the others may be different ones without another state of the run. */
const stored = [
  ...['id', 'kind', 'status', 'input', 'createdAt', 'startedAt', 'finishedAt'],
  ...['contentHash', 'modelName', 'error', 'eventCount', 'pinned', 'note'],
  ...['owner', 'shared'],
  ...['score', 'auditPassed', 'targetRank', 'targetProbability'],
];

const changesOtherwise = ({ name, fields }: SelectedField) =>
  name === 'changed' && fields().some((field) => !stored.includes(field.name));

builder.subscriptionField('runChanges', (t) =>
  t.field({
    type: RunChangesEvent,
    description:
      'How the list of runs changes: runs that come, begin, tell more, end, join an experiment or leave it, or are deleted. To have the whole list, wait for the first event, then read `runs`. A stream of states: who is slow is told the newest state of each run alone. It does not end, and keeps no run from ending.',
    args: { filter: t.arg({ type: RunFilter, description: 'As of `runs`. Default: all.' }) },
    complexity: { field: stateComplexity },
    subscribe: (_, { filter }, { runs, signal, turn }, info) =>
      stateStream(
        () => runs.changes(runFilterOf(filter), { signal, turn }),
        !selectedFields(info).some(changesOtherwise),
      ),
    resolve: toldBy,
  }),
);
