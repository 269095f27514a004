/** What the events of an attribution may be asked for, where it is started before they are. */
import { type LedgerFigure, ledgerFigures, ledgerKey } from '../../explain/attribution/ledger/ledger.ts';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { builder } from '../builder.ts';
import { usualLens } from './layer-events.ts';

export const AttributionFigure = builder.enumType('AttributionFigure', {
  description: 'What of an attribution is told block by block where it is asked for.',
  values: {
    PROVISIONAL: { description: '`LayerPassed.provisional` and `AttributionCompleted.normScale`.' },
    LENS: {
      description:
        'The logit lens: `LayerPassed.lens` and `target`. The unembedding is read for every block, or for a few together where they follow within 25 milliseconds.',
    },
    TOTAL: { description: 'What each block contributes: `LayerAttributed.attention`, `mlp`, `heads` and so on.' },
  } satisfies Record<LedgerFigure, object>,
});

export function selectionOfFigures(figures: readonly LedgerFigure[]): AttributionSelection {
  const asked = ledgerFigures.filter((figure) => figures.includes(figure));
  return Object.fromEntries(asked.map((figure) => [ledgerKey(figure), figure === 'LENS' ? usualLens : 1]));
}
