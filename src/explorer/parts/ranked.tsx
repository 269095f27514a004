/** A table ranked by one of its columns, with bars: click a heading to rank by it. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { largestOf } from '../drawing/colour.ts';
import { exact, rounded, signed } from '../format/number.ts';
import { chosen, hovered, type Selection } from '../state/selection.ts';
import { Handles, handleKeys } from './handles.tsx';
import { barOf, type Column, type Handle, isMeant, ranked } from './ranking.ts';
import './ranked.css';

/** Of a row that stands for one thing in all views; of one that stands for several, or for nothing, its handles. */
type Named<Row> =
  | { readonly name: (row: Row) => ComponentChildren; readonly selection: (row: Row) => Selection }
  | { readonly handles: (row: Row) => readonly Handle[] };

type RankedProps<Row> = Named<Row> & {
  /** For screen readers: what is ranked. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Of the column that it is ranked by at first. Default: the rows' own order. */
  readonly by?: string;
  /** Above the names of its rows. */
  readonly heading: string;
  readonly keyOf: (row: Row) => string;
  /** Of all; the first ones by rank. */
  readonly most?: number;
};

export function Ranked<Row>(props: RankedProps<Row>) {
  const { label, rows, columns, heading, keyOf, most } = props;
  const handles = (row: Row): readonly Handle[] =>
    'handles' in props ? props.handles(row) : [{ label: props.name(row), selection: props.selection(row) }];
  const by = useSignal(props.by ?? '');
  const onReach = useSignal<string | undefined>(undefined);
  const column = columns.find(({ name }) => name === by.value);
  const shown = (column ? ranked(rows, column) : rows).slice(0, most);
  const keys = shown.flatMap((row) => handleKeys(keyOf(row), handles(row)));
  const reached = keys.find((key) => key === onReach.value) ?? keys[0];
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
          {shown.map((row) => {
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
                <Handles handles={of} row={keyOf(row)} reached={reached} onReach={onReach} />
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
