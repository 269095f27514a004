/** What the colours of an answer's figures mean: scores, from against to for; shares, from none to the largest. */
import { percent } from '../../format/number.ts';
import { Legend } from '../tokens/legend.tsx';
import type { Figures } from '../tokens/measure.ts';
import { shareUnit } from './to-prompt.ts';

export function AnswerLegend({ figures }: { readonly figures: Figures }) {
  const { unit, largest } = figures;
  if (unit !== shareUnit) return <Legend figures={figures} />;
  return (
    <div class="scores-legend">
      <span>0 %</span>
      <span class="ramp shares" aria-hidden="true" />
      <span>
        {percent(largest)} {unit}
      </span>
    </div>
  );
}
