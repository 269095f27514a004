/** What the shades of the lens mean. */
import type { CellKind } from './cells.ts';

interface LegendProps {
  readonly kind: CellKind;
  /** Of the target. */
  readonly name: string;
  /** What it is contrasted with. */
  readonly against: string | undefined;
  readonly isBusy: boolean;
}

export function Legend({ kind, name, against, isBusy }: LegendProps) {
  const isEntropy = kind === 'entropy';
  return (
    <p class="lens-legend">
      {isEntropy ? 'unsure' : '0 %'} <span class="ramp" aria-hidden="true" /> {isEntropy ? 'sure' : '100 %'}
      <span>{meaning(kind, name)}</span>
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

function meaning(kind: CellKind, name: string): string {
  if (kind === 'top') return 'probability of the first choice';
  if (kind === 'entropy') return 'entropy in nats';
  return kind === 'rank' ? `rank of ${name}, shaded by its probability` : `probability of ${name}`;
}
