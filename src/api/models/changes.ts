/** The models as they come, load, are ready and go: a stream of their states. */
import type { ModelChanges as Changes } from '../../jobs/model-states.ts';
import { builder } from '../builder.ts';
import { OverCapacityError, typeOf, UnknownModelError } from '../failures.ts';
import { toldBy } from '../lasting.ts';
import { pageSizes } from '../paging.ts';
import { type SelectedField, selectedFields } from '../selected-fields.ts';
import { stateComplexity, stateStream } from '../state-stream.ts';
import { ModelEntry } from './model-entry.ts';

const ModelChanges = builder.objectRef<Changes>('ModelChanges').implement({
  description: 'What has become of the models since the event before; in the first event, all that there are.',
  fields: (t) => ({
    changed: t.field({
      type: [ModelEntry],
      complexity: { field: 1, multiplier: pageSizes.most },
      description:
        'Those that are new or have changed, by name, as they are when the event is sent: their `status`, how far they are loaded, what is wrong with them, their files.',
      resolve: ({ changed }) => [...changed],
    }),
    removed: t.stringList({
      description: 'Names of those that lie in the models folder no more.',
      resolve: ({ removed }) => [...removed],
    }),
  }),
});

const ModelChangesEvent = builder.unionType('ModelChangesEvent', {
  description: 'How models stand, or what was wrong with the request.',
  types: [ModelChanges, UnknownModelError, OverCapacityError],
  resolveType: typeOf('ModelChanges'),
});

/** Fields of a model that take a while, for whoever asks: not for all. */
const slow = ['revision', 'tokenize'];

const isSlow = ({ name, fields }: SelectedField): boolean => slow.includes(name) || fields().some(isSlow);

builder.subscriptionField('modelChanges', (t) =>
  t.field({
    type: ModelChangesEvent,
    description:
      'How the models stand: at once all of them, then again those that have changed, as they load with how far they are, are ready, are released, fail, come, go, or are found broken. A stream of states: who is slow is told the newest alone. It does not end.',
    args: {
      name: t.arg.string({
        description: 'As in `ModelEntry.name`: this model alone, also when it has gone and comes again. Default: all.',
      }),
    },
    complexity: { field: stateComplexity },
    subscribe: (_, { name }, { models, signal, turn }, info) =>
      stateStream(() => models.follow(name ?? undefined, { signal, turn }), !selectedFields(info).some(isSlow)),
    resolve: toldBy,
  }),
);
