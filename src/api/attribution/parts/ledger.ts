/** What a live attribution tells of the blocks, as far as it is no part of the answer: see `layer-events.ts`. */
import type { Estimated } from './part.ts';

export const ledger: readonly Estimated[] = [
  {
    field: 'provisional',
    list: false,
    description: 'Of a subscription: `LayerPassed.provisional`.',
    key: 'ledger.PROVISIONAL',
  },
  {
    field: 'lens',
    list: true,
    description: 'Of a subscription: how many tokens of `LayerPassed.lens`.',
    key: 'ledger.LENS',
  },
  {
    field: 'totals',
    list: false,
    description: 'Of a subscription: what `LayerAttributed` tells of a block.',
    key: 'ledger.TOTAL',
  },
];
