/** The prompt's tokens in lines, coloured by their figures, with what is predicted after them. One row of figures, or two to compare. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { chosen, hovered, pin } from '../../state/selection.ts';
import { Cell, PredictionCell, RowLabels } from './cell.tsx';
import { gap, itemsOf, linesOf, mostWithNotes, neighbour, sizeFor } from './layout.ts';
import { type StripRow, written } from './measure.ts';
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
          {isPair && (
            <RowLabels rows={line.some(({ position }) => position !== undefined) ? rows : []} width={gutter - gap} />
          )}
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
