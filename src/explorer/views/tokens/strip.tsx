/** The prompt's tokens in lines, coloured by their figures, with what is predicted after them. One row of figures, or two to compare. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { inkOn } from '../../drawing/colour.ts';
import { hueOf } from '../../drawing/palette.ts';
import { quoted, visible } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import { chosen, hovered, pin, pinned } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import { gap, itemsOf, linesOf, mostWithNotes, neighbour, type Placed, sizeFor } from './layout.ts';
import { type StripRow, shadesOf, titled, written } from './measure.ts';
import type { Prediction } from './prediction.ts';

interface StripProps {
  /** For screen readers. */
  readonly label: string;
  readonly tokens: readonly TokenPartsFragment[];
  readonly rows: readonly StripRow[];
  readonly prediction: Prediction;
  readonly width: number;
  readonly tracked: readonly number[];
  /** Follows a token through the layers, or no longer. */
  readonly follow: (position: number) => void;
}

/** At the left of two rows: whose they are. */
const gutterOf = (width: number) => (width < 600 ? 80 : 140);

export function Strip({ label, tokens, rows, prediction, width, tracked, follow }: StripProps) {
  const box = useRef<HTMLDivElement>(null);
  const reached = useSignal(prediction.position);
  const size = sizeFor(tokens.length);
  const isPair = rows.length > 1;
  const gutter = isPair ? gutterOf(width) : 0;
  const withNotes = tokens.length <= mostWithNotes;
  const notes = tokens.map((_, position) =>
    withNotes ? rows.map(({ figures }) => (figures ? written(figures, figures.values[position] ?? null) : '')) : [],
  );
  const items = itemsOf(tokens, notes, { predicts: prediction.position, text: prediction.text, note: prediction.note });
  const lines = linesOf(items, width - 8 - gutter, size);

  const go = (position: number) => {
    reached.value = position;
    cellAt(box.current, position)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = reached.value;
    const steps: Readonly<Record<string, () => void>> = {
      ArrowRight: () => go(Math.min(tokens.length - 1, at + 1)),
      ArrowLeft: () => go(Math.max(0, at - 1)),
      ArrowDown: () => go(neighbour(lines, at, 1)),
      ArrowUp: () => go(neighbour(lines, at, -1)),
      Home: () => go(0),
      End: () => go(tokens.length - 1),
      Enter: () => pin({ position: at }),
      ' ': () => pin({ position: at }),
      f: () => follow(at),
    };
    const step = event.ctrlKey || event.metaKey || event.altKey ? undefined : steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  const point = ({ target }: Event) => {
    const position = positionOf(target);
    if (position !== undefined) hovered.value = { position };
  };
  const leave = () => (hovered.value = {});
  const choose = ({ target }: Event) => {
    const position = positionOf(target);
    if (position === undefined) return;
    reached.value = position;
    pin({ position });
  };

  // By hand, for a thousand tokens that listen are slower than one that is looked up.
  useEffect(() =>
    chosen.subscribe(({ position }) => {
      for (const cell of box.current?.querySelectorAll('[data-meant]') ?? []) cell.removeAttribute('data-meant');
      const cell = position === undefined ? null : cellAt(box.current, position);
      cell?.setAttribute('data-meant', '');
      if (box.current && cell) reveal(box.current, cell);
    }),
  );

  return (
    <div
      class={`strip${isPair ? ' pair' : ''}${withNotes ? '' : ' long'}`}
      role="listbox"
      aria-label={label}
      ref={box}
      style={{ '--text': `${size.text}px`, '--note': `${size.note}px` }}
      onPointerOver={point}
      onPointerLeave={leave}
      onFocusIn={point}
      onFocusOut={leave}
      onClick={choose}
      onKeyDown={onKeyDown}
    >
      {lines.map((line, index) => (
        <div class="line" role="presentation" key={line[0]?.position ?? `after ${index}`}>
          {isPair && <RowLabels rows={rows} width={gutter - gap} />}
          {line.map((placed) =>
            placed.position === undefined ? (
              <PredictionCell key="prediction" placed={placed} title={prediction.title} />
            ) : (
              <Cell
                key={placed.position}
                token={tokens[placed.position] as TokenPartsFragment}
                placed={placed}
                rows={rows}
                reached={reached}
                isRead={placed.position <= prediction.position}
                predicts={placed.position === prediction.position}
                hue={tracked.indexOf(placed.position)}
              />
            ),
          )}
        </div>
      ))}
    </div>
  );
}

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

function Cell({ token, placed, rows, reached, isRead, predicts, hue }: CellProps) {
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

function PredictionCell({ placed, title }: { readonly placed: Placed; readonly title: string }) {
  return (
    // Beside the tokens, not one of them.
    <span class="prediction" role="presentation" title={title}>
      <span class="token-text">{placed.text}</span>
      <span class="note">{placed.notes[0]}</span>
    </span>
  );
}

function RowLabels({ rows, width }: { readonly rows: readonly StripRow[]; readonly width: number }) {
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

function cellAt(box: HTMLElement | null, position: number): HTMLElement | null {
  return box?.querySelector<HTMLElement>(`[data-position="${position}"]`) ?? null;
}

function positionOf(target: EventTarget | null): number | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-position]') : null;
  return cell ? Number(cell.dataset.position) : undefined;
}

/** What another view chose is brought into sight, without moving the page. */
function reveal(box: HTMLElement, cell: HTMLElement): void {
  if (box.matches(':hover') || box.scrollHeight <= box.clientHeight) return;
  const { top, bottom } = cell.getBoundingClientRect();
  const seen = box.getBoundingClientRect();
  if (top < seen.top) box.scrollTop -= seen.top - top + 4;
  else if (bottom > seen.bottom) box.scrollTop += bottom - seen.bottom + 4;
}
