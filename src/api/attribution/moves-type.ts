/** What attention moves, in GraphQL. */

import type { EdgeResult } from '../../explain/attribution/grains/edges.ts';
import type { moveAxes, movePaths } from '../../explain/attribution/grains/moves-grain.ts';
import { builder } from '../builder.ts';
import { Token } from '../models/token.ts';
import { type AttributionValue, promptToken } from './attribution-value.ts';

export const AttentionEdge = builder
  .objectRef<EdgeResult & { readonly attribution: AttributionValue }>('AttentionEdge')
  .implement({
    description: 'What one head contributes by moving information from one position to another.',
    fields: (t) => ({
      layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
      head: t.exposeInt('head', { description: 'The head in the block, from 0.' }),
      from: t.field({
        type: Token,
        description: 'The token that is attended to.',
        resolve: ({ attribution, from }) => promptToken(attribution, from),
      }),
      to: t.field({
        type: Token,
        description: 'The token that attends.',
        resolve: ({ attribution, to }) => promptToken(attribution, to),
      }),
      weight: t.exposeFloat('weight', { description: 'The attention that `to` pays to `from`.' }),
      score: t.exposeFloat('score', { description: 'What the move contributes to the logit.' }),
    }),
  });

export const MovePath = builder.enumType('MovePath', {
  description: 'By which way what a head moves comes to the logit.',
  values: {
    TOTAL: { description: 'By every way, later components included.' },
    DIRECT: { description: "Straight: what the head writes at the target's position." },
  } satisfies Record<(typeof movePaths)[number], object>,
});

export const MoveAxis = builder.enumType('MoveAxis', {
  description: 'An axis of the tensor of all moves.',
  values: {
    LAYER: { description: 'The block.' },
    HEAD: { description: 'The head in the block.' },
    TO: { description: 'The position that attends.' },
    FROM: { description: 'The position that is attended to.' },
  } satisfies Record<(typeof moveAxes)[number], object>,
});
