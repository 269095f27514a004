import type { stopReasons } from '../../explain/generation/event.ts';
import { builder } from '../builder.ts';

export const StopReason = builder.enumType('StopReason', {
  description: 'Why an answer ends.',
  values: {
    STOP_TOKEN: { description: 'Its last token is one that ends an answer.' },
    STOP_TEXT: { description: 'One of the texts that end it stands in it.' },
    LENGTH: { description: 'It is as long as it may be.' },
  } satisfies Record<(typeof stopReasons)[number], object>,
});
