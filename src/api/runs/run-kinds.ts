/** What runs there are, and how far they can be. */
import type { runKinds, runStatuses } from '../../runs/types.ts';
import { builder } from '../builder.ts';

export const RunKind = builder.enumType('RunKind', {
  description: 'What a run does.',
  values: {
    LOGIT_ATTRIBUTION: { description: 'Explains a logit.' },
    CIRCULATION: { description: 'Follows tokens through the layers.' },
    GENERATION: { description: 'Writes an answer, token by token.' },
  } satisfies Record<(typeof runKinds)[number], object>,
});

export const RunStatus = builder.enumType('RunStatus', {
  description: 'How far a run is.',
  values: {
    QUEUED: { description: 'Waits for a worker.' },
    RUNNING: { description: 'Under way.' },
    COMPLETED: { description: 'Has its answer; asking the same again replays it.' },
    FAILED: { description: 'Ended without its answer; `error` says why. Asking the same again runs it anew.' },
    CANCELLED: {
      description:
        'Was cancelled, or nobody was there any more to read it, which `error` says. Asking the same again runs it anew.',
    },
  } satisfies Record<(typeof runStatuses)[number], object>,
});
