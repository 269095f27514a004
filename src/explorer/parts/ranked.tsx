/** A table ranked by one of its columns, with bars: click a heading to rank by it. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { largestOf } from '../drawing/colour.ts';
import { exact, rounded, signed } from '../format/number.ts';
import { chosen, hovered, pin, type Selection } from '../state/selection.ts';
import { barOf, type Column, isMeant, ranked } from './ranking.ts';
import './ranked.css';

interface RankedProps<Row> {
  /** For screen readers: what is ranked. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Of the column that it is ranked by at first. Default: the rows' own order. */
  readonly by?: string;
  /** Above the names of its rows. */
  readonly heading: string;
  readonly name: (row: Row) => ComponentChildren;
  readonly keyOf: (row: Row) => string;
  /** What a row stands for in all views. */
  readonly selection: (row: Row) => Selection;
  /** Of all; the first ones by rank. */
  readonly most?: number;
}

export function Ranked<Row>(props: RankedProps<Row>) {
  const { label, rows, columns, heading, name, keyOf, selection, most } = props;
  const by = useSignal(props.by ?? '');
  const reached = useSignal(0);
  const sorted = columns.find((column) => column.name === by.value);
  const shown = (sorted ? ranked(rows, sorted) : rows).slice(0, most);
  const bars = columns.filter(({ bar }) => bar);
  const largest = largestOf(shown.flatMap((row) => bars.map(({ of }) => of(row) ?? 0)));
  const move = (event: KeyboardEvent) => {
    const next = { ArrowDown: reached.value + 1, ArrowUp: reached.value - 1, Home: 0, End: shown.length - 1 }[
      event.key
    ];
    if (next === undefined || next < 0 || next >= shown.length) return;
    event.preventDefault();
    reached.value = next;
    const body = (event.currentTarget as HTMLElement).closest('tbody');
    body?.querySelectorAll<HTMLElement>('th button')[next]?.focus();
  };
  return (
    <div class="ranked">
      <table aria-label={label}>
        <thead>
          <tr>
            <th scope="col" aria-sort={by.value ? 'none' : 'ascending'}>
              <button
                type="button"
                title="In order"
                onClick={() => {
                  by.value = '';
                }}
              >
                {heading}
              </button>
            </th>
            {columns.map((column) => (
              <th key={column.name} scope="col" aria-sort={sortOf(column, by.value)}>
                <button
                  type="button"
                  title={`Rank by ${column.title}`}
                  onClick={() => {
                    by.value = column.name;
                  }}
                >
                  {column.title}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr
              key={keyOf(row)}
              data-row={keyOf(row)}
              class={isMeant(selection(row), chosen.value) ? 'meant' : undefined}
              onPointerEnter={() => {
                hovered.value = selection(row);
              }}
              onPointerLeave={() => {
                hovered.value = {};
              }}
            >
              <th scope="row">
                <button
                  type="button"
                  tabIndex={index === Math.min(reached.value, shown.length - 1) ? 0 : -1}
                  onClick={() => pin(selection(row))}
                  onFocus={() => {
                    hovered.value = selection(row);
                  }}
                  onBlur={() => {
                    hovered.value = {};
                  }}
                  onKeyDown={move}
                >
                  {name(row)}
                </button>
              </th>
              {columns.map((column) => (
                <Figure key={column.name} column={column} value={column.of(row)} largest={largest} />
              ))}
            </tr>
          ))}
        </tbody>
        {bars.length > 0 && (
          <tfoot>
            <tr>
              <td colSpan={columns.length + 1}>
                Bars reach to {rounded(largest)}: <b class="for">for</b> the target to the right,{' '}
                <b class="against">against</b> it to the left.
              </td>
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

interface FigureProps<Row> {
  readonly column: Column<Row>;
  readonly value: number | null;
  readonly largest: number;
}

function Figure<Row>({ column, value, largest }: FigureProps<Row>) {
  if (value === null) return <td class="figure">–</td>;
  return (
    <td class="figure" data-column={column.name} data-value={value} title={`${column.title}: ${exact(value)}`}>
      {column.bar && <SignedBar value={value} largest={largest} />}
      <span>{column.bar ? signed(value) : column.place ? value : rounded(value)}</span>
    </td>
  );
}

/** From its middle to the right for what speaks for the target, to the left for what speaks against it. */
export function SignedBar({ value, largest }: { readonly value: number; readonly largest: number }) {
  const { left, width, isFor } = barOf(value, largest);
  return (
    <span class="signed-bar" aria-hidden="true">
      <i class={isFor ? 'for' : 'against'} style={{ left: `${left}%`, width: `${width}%` }} />
    </span>
  );
}

function sortOf<Row>({ name, place }: Column<Row>, by: string): 'ascending' | 'descending' | 'none' {
  if (name !== by) return 'none';
  return place ? 'ascending' : 'descending';
}
