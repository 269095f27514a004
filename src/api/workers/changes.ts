/** The workers as they come, load models, compute and go: a stream of their states. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import type { WorkerChanges as Changes } from '../../jobs/worker-states.ts';
import { builder } from '../builder.ts';
import { OverCapacityError, typeOf } from '../failures.ts';
import { toldBy } from '../lasting.ts';
import { type SelectedField, selectedFields } from '../selected-fields.ts';
import { stateComplexity, stateStream } from '../state-stream.ts';
import { Worker } from './worker.ts';

const WorkerChanges = builder.objectRef<Changes>('WorkerChanges').implement({
  description: 'What has become of the workers since the event before; in the first event, all that there are.',
  fields: (t) => ({
    changed: t.field({
      type: [Worker],
      description: 'Those that are new or have changed, as they are now. That one was seen again is no change.',
      resolve: ({ changed }) => [...changed],
    }),
    removed: t.idList({
      description: 'Ids of those that have ended, or were lost.',
      resolve: ({ removed }) => removed.map((id) => encodeGlobalID('Worker', id)),
    }),
  }),
});

const WorkersChangedEvent = builder.unionType('WorkersChangedEvent', {
  description: 'How workers stand, or what was wrong with the request.',
  types: [WorkerChanges, OverCapacityError],
  resolveType: typeOf('WorkerChanges'),
});

/** Fields that are others for the same change. */
const fleeting = ['lastSeen', 'revision'];

const isFleeting = ({ name, fields }: SelectedField): boolean => fleeting.includes(name) || fields().some(isFleeting);

builder.subscriptionField('workersChanged', (t) =>
  t.field({
    type: WorkersChangedEvent,
    description:
      'How the workers stand: at once all of them, then again those that have changed, as they begin and end jobs, load and release models, come and go; at most ten times a second. A stream of states: who is slow is told the newest alone. It does not end.',
    complexity: { field: stateComplexity },
    subscribe: (_, _args, { workers, signal, turn }, info) =>
      stateStream(() => workers.follow({ signal, turn }), !selectedFields(info).some(isFleeting)),
    resolve: toldBy,
  }),
);
