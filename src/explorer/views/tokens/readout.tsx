/** The token that is pointed at or chosen, with all its digits, and the tokens that are followed through the layers. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { hueOf } from '../../drawing/palette.ts';
import { exact } from '../../format/number.ts';
import { quoted } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import { canFollow } from '../../state/following.ts';
import { chosen } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import { type StripRow, titled } from './measure.ts';

interface ReadoutProps {
  readonly tokens: readonly TokenPartsFragment[];
  readonly rows: readonly StripRow[];
  /** Of each token what its position alone contributes. */
  readonly positionScores?: readonly (number | null)[] | undefined;
  readonly unit?: string;
  /** The position that predicts: what comes after it cannot be followed. */
  readonly predicts: number;
  readonly tracked: readonly number[];
  readonly follow: (position: number) => void;
}

export function Readout({ tokens, rows, positionScores, unit, predicts, tracked, follow }: ReadoutProps) {
  const { position } = chosen.value;
  const token = position === undefined ? undefined : tokens[position];
  const figuresAt = (at: number) => [
    ...rows.flatMap(({ label, figures }) =>
      figures ? `${rows.length > 1 ? `${label} ` : ''}${titled(figures, figures.values[at] ?? null)}` : [],
    ),
    ...(typeof positionScores?.[at] === 'number' ? [`of it by its position ${exact(positionScores[at])} ${unit}`] : []),
  ];
  return (
    <div class="readout">
      <p class="exact">
        {token ? (
          <>
            <TokenText token={token} />{' '}
            {[`position ${token.position}`, `id ${token.tokenId}`, ...figuresAt(token.position)].join(', ')}
          </>
        ) : (
          'Point at a token for its exact figures; click or Enter keeps it.'
        )}
      </p>
      <div class="followed">
        <span>{tracked.length > 0 ? 'Followed through the layers:' : 'No token is followed through the layers.'}</span>
        {tracked.map((followed, index) => {
          const one = tokens[followed];
          return (
            one && (
              <button
                type="button"
                key={followed}
                style={{ boxShadow: `inset 0 -3px ${hueOf(palette.value, index)}` }}
                aria-label={`Follow ${quoted(one)} at position ${followed} no longer`}
                onClick={() => follow(followed)}
              >
                <TokenText token={one} /> ×
              </button>
            )
          );
        })}
        {token && canFollow(tracked, token.position, predicts) && (
          <button type="button" title="Key: F" onClick={() => follow(token.position)}>
            Follow <TokenText token={token} />
          </button>
        )}
      </div>
    </div>
  );
}
