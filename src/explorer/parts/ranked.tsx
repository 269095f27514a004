/** A table ranked by one of its columns, with bars: click a heading to rank by it. */
import { useSignal } from '@preact/signals';
import { largestOf } from '../drawing/colour.ts';
import { exact, rounded, signed } from '../format/number.ts';
import { chosen, hovered } from '../state/selection.ts';
import { Handles } from './handles.tsx';
import { barOf, type Column, type Handle, isMeant, ranked } from './ranking.ts';
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
  readonly handles: (row: Row) => readonly Handle[];
  readonly keyOf: (row: Row) => string;
  /** Of all; the first ones by rank. */
  readonly most?: number;
}

export function Ranked<Row>({ label, rows, columns, heading, handles, keyOf, most, ...props }: RankedProps<Row>) {
  const by = useSignal(props.by ?? '');
  const reached = useSignal({ row: 0, at: 0 });
  const column = columns.find(({ name }) => name === by.value);
  const shown = (column ? ranked(rows, column) : rows).slice(0, most);
  const bars = columns.filter(({ bar }) => bar);
  const largest = largestOf(shown.flatMap((row) => bars.map(({ of }) => of(row) ?? 0)));
  return (
    <div class={columns.length > 3 ? 'ranked many' : 'ranked'}>
      <table aria-label={label}>
        <thead>
          <tr>
            <Heading title={heading} name="" by={by} />
            {columns.map(({ name, title, place = false }) => (
              <Heading key={name} title={title} name={name} by={by} isRanked={!place} />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => {
            const of = handles(row);
            const selections = of.flatMap(({ selection }) => selection ?? []);
            const [only] = selections.length === 1 ? selections : [];
            return (
              <tr
                key={keyOf(row)}
                data-row={keyOf(row)}
                class={selections.some((one) => isMeant(one, chosen.value)) ? 'meant' : undefined}
                onPointerEnter={() => {
                  if (only) hovered.value = only;
                }}
                onPointerLeave={() => {
                  hovered.value = {};
                }}
              >
                <Handles handles={of} index={Math.min(index, shown.length - 1)} reached={reached} />
                {columns.map((one) => (
                  <Figure key={one.name} column={one} row={row} largest={largest} />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {bars.length > 0 && (
        <p class="scale">
          Bars reach to {rounded(largest)}: to the right <b class="for">for</b> the target, to the left{' '}
          <b class="against">against</b> it.
        </p>
      )}
    </div>
  );
}

interface HeadingProps {
  readonly title: string;
  /** Of the column; empty: the rows' own order. */
  readonly name: string;
  readonly by: { value: string };
  readonly isRanked?: boolean;
}

function Heading({ title, name, by, isRanked = false }: HeadingProps) {
  const order = isRanked ? 'descending' : 'ascending';
  return (
    <th scope="col" aria-sort={by.value === name ? order : 'none'}>
      <button
        type="button"
        title={isRanked ? 'Strongest first' : 'In order'}
        onClick={() => {
          by.value = name;
        }}
      >
        {title}
      </button>
    </th>
  );
}

interface FigureProps<Row> {
  readonly column: Column<Row>;
  readonly row: Row;
  readonly largest: number;
}

function Figure<Row>({ column: { name, title, of, bar, cell, place }, row, largest }: FigureProps<Row>) {
  const value = of(row);
  if (value === null) return <td class="figure">–</td>;
  return (
    <td class="figure" data-column={name} data-value={value} title={`${title}: ${exact(value)}`}>
      {bar && <SignedBar value={value} largest={largest} />}
      <span class={bar ? 'signed' : undefined}>
        {cell?.(row) ?? (bar ? signed(value) : place ? value : rounded(value))}
      </span>
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
