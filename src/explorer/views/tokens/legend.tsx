/** What the colours mean: the scale of an answer, zero in its middle, its ends labelled. */
import { type Figures, unitName, written } from './measure.ts';
import { ofAttention } from './wording.ts';

export function Legend({ figures }: { readonly figures: Figures }) {
  const { largest, unit } = figures;
  const isSigned = unit !== ofAttention;
  return (
    <div class="scores-legend">
      {isSigned && <span>against {written(figures, -largest)}</span>}
      <span class={isSigned ? 'ramp' : 'ramp unsigned'} aria-hidden="true" />
      <span>
        {written(figures, largest)} {isSigned ? `for, ${unitName(figures)}` : unitName(figures)}
      </span>
    </div>
  );
}
