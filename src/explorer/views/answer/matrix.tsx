/** What each token of the answer comes from, as a heat map: pointed at, chosen, walked by keys. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { exact } from '../../format/number.ts';
import { Canvas } from '../../parts/canvas.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Prose } from '../../parts/prose.tsx';
import type { Answer } from '../../state/answer.ts';
import { hovered, pin } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import { Legend } from '../tokens/legend.tsx';
import { called, scored } from '../tokens/wording.ts';
import { type MatrixCell, type MatrixLayout, matrixCells, matrixLayout } from './matrix-layout.ts';
import { matrixScene } from './matrix-scene.ts';
import { type ShownAnswer, unit } from './shown.ts';
import { answerTakeaway } from './takeaway.ts';

interface MatrixProps {
  readonly answer: Answer;
  readonly shown: ShownAnswer;
  readonly width: number;
}

export function Matrix({ answer, shown, width }: MatrixProps) {
  const { written, text } = shown;
  const cursor = useSignal<{ readonly row: number; readonly column: number } | undefined>(undefined);
  const count = written.answer.length;
  const columns = Math.max(1, text.length - 1);
  const layout = useMemo(() => matrixLayout(width, count, columns), [width, count, columns]);
  const cells = useMemo(() => matrixCells(written.rows, layout), [written.rows, layout]);
  const colours = palette.value;
  const largest = answer.largest.value;
  const scene = useMemo(
    () => matrixScene({ written, text, layout, cells, largest, palette: colours }),
    [written.rows, layout, cells, largest, colours],
  );
  const go = (cell: { readonly row: number; readonly column: number } | undefined) => {
    cursor.value = cell && { row: cell.row, column: cell.column };
    hovered.value = cell ? { position: written.prompt.length + cell.row } : {};
  };
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - layout.top) / layout.cellHeight);
    const column = Math.floor((event.clientX - box.left - layout.left) / layout.cellWidth);
    go(cells.get(`${row} ${column}`));
  };
  const start = useMemo(() => strongest(cells), [cells]);
  const press = (event: KeyboardEvent) => {
    const at = cursor.value ?? start;
    if (!at) return;
    const steps: Readonly<Record<string, { row: number; column: number } | undefined>> = {
      ArrowUp: { row: at.row - 1, column: at.column },
      ArrowDown: { row: at.row + 1, column: at.column },
      ArrowLeft: { row: at.row, column: at.column - 1 },
      ArrowRight: { row: at.row, column: at.column + 1 },
      Home: start,
    };
    const next = steps[event.key];
    if (event.key === 'Enter' || event.key === ' ') pin({ position: written.prompt.length + at.row });
    else if (!next) return;
    else if (written.rows[next.row]?.scores[next.column] !== undefined) go(next);
    event.preventDefault();
  };
  return (
    <Panel
      name="answer-matrix"
      title="Token by token"
      hint="A row for each token of the answer, a column for each token before it"
      takeaway={cells.size > 0 ? answerTakeaway(answer, shown) : undefined}
    >
      <div
        class="surface"
        role="application"
        aria-roledescription="heat map"
        aria-label={`What each of the ${count} tokens of the answer comes from; arrow keys go from score to score, Enter keeps a token`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is walked by keys
        tabIndex={0}
        style={{ width: `${layout.width}px`, height: `${layout.height}px` }}
        onPointerMove={point}
        onPointerLeave={() => go(undefined)}
        onClick={() => {
          if (cursor.value) pin({ position: written.prompt.length + cursor.value.row });
        }}
        onKeyDown={press}
        onFocus={() => go(cursor.value ?? start)}
        onBlur={() => go(undefined)}
      >
        <Canvas scene={scene} />
        <Marked shown={shown} layout={layout} cursor={cursor.value} />
      </div>
      <div class="under">
        {largest > 0 && <Legend figures={{ measure: 'score', unit, values: [], largest }} />}
        {(layout.across > 1 || layout.down > 1) && (
          <span class="quiet">
            One cell stands for the strongest of {layout.down} × {layout.across}.
          </span>
        )}
      </div>
      <Readout shown={shown} cursor={cursor.value} />
    </Panel>
  );
}

type Cursor = { readonly row: number; readonly column: number } | undefined;

/** The rows and columns of what is looked at in any view, and the cell that is pointed at. */
function Marked({ shown, layout, cursor }: { shown: ShownAnswer; layout: MatrixLayout; cursor: Cursor }) {
  const { focus, written } = shown;
  const { left, top, cellWidth, cellHeight, across, down, columns, rows } = layout;
  const bottom = top + Math.ceil(rows / down) * cellHeight;
  const end = left + Math.ceil(columns / across) * cellWidth;
  const x = (column: number) => left + Math.floor(column / across) * cellWidth;
  const y = (row: number) => top + Math.floor(row / down) * cellHeight;
  const isRow = focus?.direction === 'from';
  const [first, last] = focus ? [focus.first, focus.last] : [0, 0];
  const [from, to] = [first - written.prompt.length, last - written.prompt.length];
  return (
    <svg class="marked" width={layout.width} height={layout.height} aria-hidden="true">
      {focus && isRow && <rect x={left} y={y(from)} width={end - left} height={y(to) + cellHeight - y(from)} />}
      {focus && !isRow && first < columns && (
        <rect x={x(first)} y={top} width={Math.min(end, x(last) + cellWidth) - x(first)} height={bottom - top} />
      )}
      {cursor && <rect class="at" x={x(cursor.column)} y={y(cursor.row)} width={cellWidth} height={cellHeight} />}
    </svg>
  );
}

/** What is pointed at, in words and exactly. */
function Readout({ shown, cursor }: { readonly shown: ShownAnswer; readonly cursor: Cursor }) {
  const { written, text } = shown;
  const score = cursor && written.rows[cursor.row]?.scores[cursor.column];
  if (!cursor || score === undefined)
    return (
      <p class="matrix-readout">
        {written.rows.some(Boolean)
          ? 'Point at a cell for its score; click to keep the token of its row.'
          : 'What the tokens come from has not come yet.'}
      </p>
    );
  const position = written.prompt.length + cursor.row;
  const words = `${called(text, cursor.column)} gives ${scored(score, unit)} to ${called(text, position)}, token ${cursor.row} of the answer`;
  return (
    <p class="matrix-readout" aria-live="polite" data-row={cursor.row} data-column={cursor.column} data-score={score}>
      <Prose text={words} /> <small>(exactly {exact(score)})</small>
    </p>
  );
}

function strongest(cells: ReadonlyMap<string, MatrixCell>): MatrixCell | undefined {
  let found: MatrixCell | undefined;
  for (const cell of cells.values()) if (!found || Math.abs(cell.score) > Math.abs(found.score)) found = cell;
  return found;
}
