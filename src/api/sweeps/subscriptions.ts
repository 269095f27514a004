/** How a sweep goes on, live: a stream of its states. */
import { mostLatest } from '../../experiments/sweeps/ends.ts';
import type { SweepProgress as Progress } from '../../experiments/sweeps/progress.ts';
import { builder } from '../builder.ts';
import { OverCapacityError, typeOf, UnknownSweepError } from '../failures.ts';
import { toldBy } from '../lasting.ts';
import { stateComplexity, stateStream } from '../state-stream.ts';
import { Sweep, SweepRow, sweepIdOf } from './sweep-type.ts';

const SweepProgress = builder.objectRef<Progress>('SweepProgress').implement({
  description: 'How a sweep stands, and what has become of its rows since the event before.',
  fields: (t) => ({
    sweep: t.field({ type: Sweep, description: 'It itself, as it is now.', resolve: ({ sweep }) => sweep }),
    latest: t.field({
      type: [SweepRow],
      complexity: { field: 1, multiplier: mostLatest },
      description: `Rows that have ended since the event before, the newest first; of more the newest ${mostLatest}. Empty in the first event.`,
      resolve: ({ latest }) => [...latest],
    }),
  }),
});

const SweepProgressResult = builder.unionType('SweepProgressResult', {
  description: 'How a sweep stands, or what was wrong with the request.',
  types: [SweepProgress, UnknownSweepError, OverCapacityError],
  resolveType: typeOf('SweepProgress'),
});

builder.subscriptionField('sweepProgress', (t) =>
  t.field({
    type: SweepProgressResult,
    description:
      'How a sweep goes on: at once how it stands, then whenever rows have ended, at most four times a second, until it is over. A stream of states: who is slow is told the newest alone. It keeps no sweep from going on, nor does leaving it.',
    args: { id: t.arg.id({ required: true, description: 'As in `Sweep.id`.' }) },
    complexity: { field: stateComplexity },
    subscribe: (_, { id }, { sweeps, signal, turn }) =>
      stateStream(() => sweeps.follow(sweepIdOf(id), { signal, turn }), false),
    resolve: toldBy,
  }),
);
