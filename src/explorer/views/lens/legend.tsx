/** What the shades of the lens mean. */
import type { CellKind } from './cells.ts';
import { shadingOf } from './shading.ts';

interface LegendProps {
  readonly kind: CellKind;
  /** Of the target. */
  readonly name: string;
  /** What it is contrasted with. */
  readonly against: string | undefined;
  readonly isBusy: boolean;
}

export function Legend({ kind, name, against, isBusy }: LegendProps) {
  const { low, high, meaning } = shadingOf(kind, name);
  return (
    <p class="lens-legend">
      {low} <span class="ramp" aria-hidden="true" /> {high}
      <span>{meaning}</span>
      {kind === 'top' && (
        <span>
          <i class="mark says-target" aria-hidden="true" /> {name}
          {against && (
            <>
              {' '}
              <i class="mark says-against" aria-hidden="true" /> {against}
            </>
          )}
        </span>
      )}
      <span role="status">{isBusy && 'Reading the lens …'}</span>
    </p>
  );
}
