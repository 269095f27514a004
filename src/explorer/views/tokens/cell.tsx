/** What stands in a strip: a token with its figures, what is predicted, and whose figures they are. */
import { useComputed } from '@preact/signals';
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { inkOn } from '../../drawing/colour.ts';
import { hueOf } from '../../drawing/palette.ts';
import { quoted, visible } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import { pinned } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import type { Placed } from './layout.ts';
import { type StripRow, shadesOf, titled } from './measure.ts';

interface CellProps {
  readonly token: TokenPartsFragment;
  readonly placed: Placed;
  readonly rows: readonly StripRow[];
  readonly reached: { readonly value: number };
  readonly isRead: boolean;
  readonly predicts: boolean;
  /** Which of the followed tokens it is; −1: none. */
  readonly hue: number;
}

export function Cell({ token, placed, rows, reached, isRead, predicts, hue }: CellProps) {
  const { position } = token;
  const tabIndex = useComputed(() => (reached.value === position ? 0 : -1));
  const selected = useComputed(() => pinned.value.position === position);
  const figures = rows.map(
    (row) =>
      row.figures &&
      `${rows.length > 1 ? `${row.label} ` : ''}${titled(row.figures, row.figures.values[position] ?? null)}`,
  );
  const said = [
    ...(isRead ? figures : ['not read: it comes after the token that predicts']),
    ...(predicts ? ['predicts what comes next'] : []),
    ...(hue >= 0 ? ['followed through the layers'] : []),
  ].filter(Boolean);
  const [own] = rows;
  const isPair = rows.length > 1;
  const shade = isRead && own && !isPair ? shadeOf(own, position) : {};
  return (
    <span
      role="option"
      class={`cell${isRead ? '' : ' unread'}${predicts ? ' predicts' : ''}`}
      data-position={position}
      aria-selected={selected}
      tabIndex={tabIndex as unknown as number}
      aria-label={[`${[visible(token), ...placed.notes].join(' ')}, position ${position}`, ...said].join('; ')}
      title={[`${quoted(token)}, position ${position}`, ...said].join('\n')}
      style={{ minWidth: `${placed.width}px` }}
    >
      <span
        class="token"
        style={{ ...shade, ...(hue >= 0 && { boxShadow: `inset 0 -3px ${hueOf(palette.value, hue)}` }) }}
      >
        <TokenText token={token} />
      </span>
      {isRead &&
        (isPair || placed.notes.length > 0) &&
        rows.map((row, index) => (
          <span
            class={`note${row.plain ? ' plain' : ''}`}
            key={row.label}
            style={isPair && !row.plain ? shadeOf(row, position) : undefined}
          >
            {/* A space, for those who hear them one after the other. */}
            {placed.notes[index]}{' '}
          </span>
        ))}
    </span>
  );
}

export function PredictionCell({ placed, title }: { readonly placed: Placed; readonly title: string }) {
  return (
    // Beside the tokens, not one of them.
    <span class="prediction" role="presentation" title={title}>
      <span class="token-text">{placed.text}</span>
      <span class="note">{placed.notes[0]}</span>
    </span>
  );
}

export function RowLabels({ rows, width }: { readonly rows: readonly StripRow[]; readonly width: number }) {
  return (
    <span class="labels" role="presentation" style={{ width: `${width}px` }}>
      {rows.map(({ label }) => (
        <span class="note" key={label} title={label}>
          {label}
        </span>
      ))}
    </span>
  );
}

function shadeOf({ figures }: StripRow, position: number) {
  const value = figures?.values[position];
  if (!figures || typeof value !== 'number') return {};
  const background = shadesOf(figures, palette.value)(value);
  return { background, color: inkOn(background, palette.value) };
}
