/** What each token of the answer comes from, as a heat map: pointed at, chosen, walked by keys. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { exact } from '../../format/number.ts';
import { Canvas } from '../../parts/canvas.tsx';
import { Choice } from '../../parts/choice.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Prose } from '../../parts/prose.tsx';
import type { Answer } from '../../state/answer.ts';
import { hovered, pin } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import { called, scored } from '../tokens/wording.ts';
import type { Scores, Written } from './figures.ts';
import { AnswerLegend } from './legend.tsx';
import { type MatrixCell, type MatrixLayout, matrixCells, matrixLayout } from './matrix-layout.ts';
import { matrixScene } from './matrix-scene.ts';
import type { ShownAnswer } from './shown.ts';
import { answerTakeaway } from './takeaway.ts';
import { canBeTraced, reading, readings, shareUnit } from './to-prompt.ts';
import { shareWords, tracedCaption } from './traced.ts';

interface MatrixProps {
  readonly answer: Answer;
  readonly shown: ShownAnswer;
  readonly width: number;
}

/** What is drawn: every score, or what they come to for the prompt. */
interface Drawn {
  readonly written: Written<Scores>;
  readonly columns: number;
  readonly unit: string;
  readonly largest: number;
}

export function Matrix({ answer, shown, width }: MatrixProps) {
  const { tracing } = shown;
  const drawn = drawnOf(answer, shown);
  const isTraced = tracing !== undefined;
  return (
    <Panel
      name="answer-matrix"
      title={isTraced ? 'Back to the prompt' : 'Token by token'}
      hint={`A row for each token of the answer, a column for each token ${isTraced ? 'of the prompt' : 'before it'}`}
      caption={tracing?.status === 'ready' && tracedCaption(shown.written, tracing.traced)}
      controls={canBeTraced(answer) && <Choice label="What the heat map shows" values={readings} chosen={reading} />}
      takeaway={drawn?.written.rows.some(Boolean) ? answerTakeaway(answer, shown) : undefined}
    >
      {tracing?.status === 'failed' && <ProblemNotice {...tracing} />}
      {tracing?.status === 'loading' && <Notice kind="waiting">Tracing the answer back to its prompt …</Notice>}
      {drawn && <HeatMap key={drawn.unit} drawn={drawn} shown={shown} width={width} />}
    </Panel>
  );
}

/** Undefined as long as it is not known. */
function drawnOf(answer: Answer, { written, text, unit, tracing }: ShownAnswer): Drawn | undefined {
  if (!tracing) return { written, columns: Math.max(1, text.length - 1), unit, largest: answer.largest.value };
  if (tracing.status !== 'ready') return undefined;
  const { rows, largest } = tracing.traced;
  return { written: { ...written, rows }, columns: written.prompt.length, unit: shareUnit, largest };
}

interface HeatMapProps {
  readonly drawn: Drawn;
  readonly shown: ShownAnswer;
  readonly width: number;
}

function HeatMap({ drawn, shown, width }: HeatMapProps) {
  const { text } = shown;
  const { written, columns, unit, largest } = drawn;
  const cursor = useSignal<{ readonly row: number; readonly column: number } | undefined>(undefined);
  const count = written.answer.length;
  const layout = useMemo(() => matrixLayout(width, count, columns), [width, count, columns]);
  const cells = useMemo(() => matrixCells(written.rows, layout), [written.rows, layout]);
  const colours = palette.value;
  const scene = useMemo(
    () => matrixScene({ written, text, layout, cells, unit, largest, palette: colours }),
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
    <>
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
        {largest > 0 && <AnswerLegend figures={{ measure: 'score', unit, values: [], largest }} />}
        {(layout.across > 1 || layout.down > 1) && (
          <span class="quiet">
            One cell stands for the strongest of {layout.down} × {layout.across}.
          </span>
        )}
      </div>
      <Readout drawn={drawn} shown={shown} cursor={cursor.value} />
    </>
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
function Readout({ drawn, shown, cursor }: Omit<HeatMapProps, 'width'> & { readonly cursor: Cursor }) {
  const { text, tracing } = shown;
  const { written, unit } = drawn;
  const score = cursor && written.rows[cursor.row]?.scores[cursor.column];
  if (!cursor || score === undefined)
    return (
      <p class="matrix-readout">
        {written.rows.some(Boolean)
          ? `Point at a cell for its ${tracing ? 'share' : 'score'}; click to keep the token of its row.`
          : 'What the tokens come from has not come yet.'}
      </p>
    );
  const position = written.prompt.length + cursor.row;
  const words =
    tracing?.status === 'ready'
      ? shareWords(written, text, { ...cursor, share: score }, tracing.traced)
      : `${called(text, cursor.column)} gives ${scored(score, unit)} to ${called(text, position)}, token ${cursor.row} of the answer`;
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
