// biome-ignore-all lint/a11y/useSemanticElements: rows that stand where they are scrolled to are none of a table.
// biome-ignore-all lint/a11y/useFocusableInteractive: what is in the cells has the focus.
/** The runs of an experiment as a grid: one stop of the tab key, only rows in sight are drawn, further pages are read near the end. */
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { px } from '../../../drawing/px.ts';
import { useNow } from '../../../parts/now.ts';
import type { ListedRuns } from '../../run-list/listed-runs.ts';
import { useSight } from '../../run-list/sight.ts';
import type { Sorting } from '../place.ts';
import { columns as all, type ExperimentRun, isServersOrder, nextSorting, sorted } from './columns.ts';
import { type Cell, movedTo } from './keys.ts';
import { RunCells, type RunChangesMade } from './row.tsx';

/** CSS pixels; stands in experiment.css too. */
const rowHeight = 32;
/** Rows before the end at which the next page is read. */
const ahead = 20;
/** Milliseconds after which it is said anew how long ago something was. */
const minute = 60_000;

interface RunTableProps {
  readonly list: ListedRuns<ExperimentRun>;
  readonly rows: readonly ExperimentRun[];
  readonly sorting: Sorting;
  readonly sort: (sorting: Sorting) => void;
  readonly actions: RunChangesMade;
}

export function RunTable({ list, rows: read, sorting, sort, actions }: RunTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const at = useSignal<Cell>({ row: 1, column: 1 });
  const isMoved = useRef(false);
  const now = useNow(minute);
  const rows = sorted(read, sorting);
  const columns = all.filter(({ name }) => name !== 'slots' || read.some(({ slots }) => slots.length > 0));
  const { start, end } = useSight(box, rowHeight, rows);
  useEffect(() => {
    if (isServersOrder(sorting) && end > rows.length - ahead) void list.more();
  }, [list, end, rows.length, sorting.by]);
  useLayoutEffect(() => {
    if (!isMoved.current) return;
    isMoved.current = false;
    const { row, column } = at.value;
    const cell = box.current?.querySelector<HTMLElement>(`[data-cell="${row}:${column}"]`);
    if (box.current && row > 0) scrollTo(box.current, row - 1);
    cell?.focus({ preventScroll: row > 0 });
    if (row > 0) cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [at.value]);
  const cellOf = (target: EventTarget | null): Cell | undefined => {
    const name = (target as Element).closest<HTMLElement>('[data-cell]')?.dataset.cell;
    const [row = 0, column = 0] = name?.split(':').map(Number) ?? [];
    return name === undefined ? undefined : { row, column };
  };
  const press = (event: KeyboardEvent) => {
    const from = cellOf(event.target);
    // One more column: the last one takes a run out.
    const next = from && movedTo(event, from, { rows: rows.length + 1, columns: columns.length + 1 });
    if (!next) return;
    event.preventDefault();
    if (next.row === 0 && from.row > 0) box.current?.scrollTo(0, 0);
    isMoved.current = true;
    at.value = next;
  };
  const tabIndex = (row: number, column: number) => (at.value.row === row && at.value.column === column ? 0 : -1);
  // The row that has the focus keeps it, however far it is out of sight.
  const drawn = rows.flatMap((run, index) =>
    (index >= start && index < end) || index + 1 === at.value.row ? [{ run, index }] : [],
  );
  const template = { 'grid-template-columns': `${columns.map(({ width }) => width).join(' ')} 2.2em` };
  return (
    <div
      class="run-table"
      role="grid"
      aria-label="Runs of the experiment"
      aria-rowcount={list.isWhole.value ? rows.length + 1 : -1}
      ref={box}
      onKeyDown={press}
      onFocusIn={({ target }) => {
        at.value = cellOf(target) ?? at.value;
      }}
    >
      <div class="head" role="row" aria-rowindex={1} style={template}>
        {columns.map((column, index) => (
          <div
            key={column.name}
            role="columnheader"
            class={column.isNumber ? 'number' : undefined}
            aria-sort={column.name === sorting.by ? (sorting.ascending ? 'ascending' : 'descending') : 'none'}
          >
            <button
              type="button"
              data-cell={`0:${index}`}
              tabIndex={tabIndex(0, index)}
              aria-label={column.name === 'pinned' ? 'Pinned' : undefined}
              onClick={() => sort(nextSorting(sorting, column))}
            >
              {column.title}
              {column.name === sorting.by && <span aria-hidden="true"> {sorting.ascending ? '↑' : '↓'}</span>}
            </button>
          </div>
        ))}
        <div role="columnheader" data-cell={`0:${columns.length}`} tabIndex={tabIndex(0, columns.length)}>
          <span class="visually-hidden">Take out</span>
        </div>
      </div>
      <div role="rowgroup" class="body" style={{ height: px(rows.length * rowHeight) }}>
        {drawn.map(({ run, index }) => (
          <div
            key={run.id}
            role="row"
            class="row"
            data-run={run.id}
            aria-rowindex={index + 2}
            style={{ ...template, top: px(index * rowHeight) }}
          >
            <RunCells
              run={run}
              row={index + 1}
              columns={columns}
              now={now}
              tabIndex={(column) => tabIndex(index + 1, column)}
              actions={actions}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

/** As far as needed for the row to be in sight, below the headings. */
function scrollTo(box: HTMLElement, index: number): void {
  const [top, bottom] = [index * rowHeight, (index + 2) * rowHeight];
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}
