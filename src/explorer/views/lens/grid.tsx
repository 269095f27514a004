/** The table of the lens: depths upwards, positions sideways; only the columns that are seen are drawn. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { inkOn, probabilityScale } from '../../drawing/colour.ts';
import { px } from '../../drawing/px.ts';
import { TokenText } from '../../parts/token.tsx';
import { palette } from '../../state/theme.ts';
import { type CellFrame, cellOf, cellTitle } from './cells.ts';
import { type Columns, scrolledTo } from './pages.ts';
import { type LensColumn, rowName } from './picture.ts';
import type { Place } from './place.ts';
import type { Depth } from './readings.ts';

/** CSS pixels of the names of the rows. */
export const namesWidth = 60;
/** Depths from which on rows are lower. */
const many = 16;

interface LensGridProps {
  readonly width: number;
  /** All positions of the prompt. */
  readonly columns: readonly LensColumn[];
  readonly seen: Columns;
  readonly scrolled: Signal<number>;
  /** From the embedding up. */
  readonly depths: readonly Depth[];
  readonly cells: CellFrame;
  /** The token that the prediction is contrasted with. */
  readonly againstId?: number | undefined;
  readonly target: number;
  /** That is emphasised. */
  readonly shown: Place;
  /** Which column is to be seen. */
  readonly toSee: number;
  /** Whether more is being read. */
  readonly isBusy: boolean;
  readonly point: (place: Place | undefined) => void;
  readonly choose: (place: Place) => void;
}

export function LensGrid(props: LensGridProps) {
  const { width, columns, seen, scrolled, depths, cells, againstId, target, shown, toSee, isBusy, point, choose } =
    props;
  const box = useRef<HTMLDivElement>(null);
  /** A cell that the focus goes to once it is drawn. */
  const wanted = useSignal('');
  const room = width - namesWidth;
  const drawn = columns.slice(seen.first, seen.last + 1);
  const rows = depths.toReversed();
  const shadeOf = probabilityScale(palette.value);
  const scrollTo = (column: number) => {
    if (!box.current) return;
    box.current.scrollLeft = scrolledTo(column, seen, box.current.scrollLeft, room);
    scrolled.value = box.current.scrollLeft;
  };
  useLayoutEffect(() => scrollTo(toSee), [toSee, width]);
  const toFocus = wanted.value;
  useEffect(() => {
    if (!toFocus) return;
    box.current?.querySelector<HTMLElement>(`[data-cell="${toFocus}"]`)?.focus();
    wanted.value = '';
  }, [toFocus]);
  const placeOf = ({ target: at }: Event): Place | undefined => {
    const [name, position] = (at as Element).closest<HTMLElement>('[data-cell]')?.dataset.cell?.split(':') ?? [];
    const depth = depths.find((one) => one.name === name);
    return depth && { depth, position: Number(position) };
  };
  const move = (event: KeyboardEvent) => {
    const from = placeOf(event);
    if (!from) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      choose(from);
      return;
    }
    const row = rows.indexOf(from.depth);
    const { position } = from;
    const steps: Readonly<Record<string, readonly [row: number, column: number]>> = {
      ArrowUp: [row - 1, position],
      ArrowDown: [row + 1, position],
      ArrowLeft: [row, position - 1],
      ArrowRight: [row, position + 1],
      Home: [row, 0],
      End: [row, columns.length - 1],
    };
    const [toRow, to] = steps[event.key] ?? [-1, -1];
    const depth = rows[toRow];
    if (!depth || !columns[to]) return;
    event.preventDefault();
    scrollTo(to);
    wanted.value = `${depth.name}:${to}`;
  };
  const isSeen = shown.position >= seen.first && shown.position <= seen.last;
  const reached = `${shown.depth.name}:${isSeen ? shown.position : seen.first}`;
  return (
    <div
      class="lens-box"
      ref={box}
      onScroll={({ currentTarget }) => {
        scrolled.value = currentTarget.scrollLeft;
      }}
    >
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells take the focus is a grid
        role="grid"
        aria-label="Likeliest next token by depth and position"
        class={depths.length > many ? 'dense' : undefined}
        aria-colcount={columns.length + 1}
        style={{ width: px(namesWidth + columns.length * seen.cell) }}
        onPointerOver={(event) => point(placeOf(event))}
        onPointerLeave={() => point(undefined)}
        onFocusIn={(event) => point(placeOf(event))}
        onFocusOut={() => point(undefined)}
        onClick={(event) => {
          const place = placeOf(event);
          if (place) choose(place);
        }}
        onKeyDown={move}
      >
        <tbody>
          {rows.map((depth) => (
            <tr key={depth.name} class={depth.isBetween ? 'between' : undefined}>
              <th scope="row" class={depth === shown.depth ? 'meant' : undefined} style={{ width: px(namesWidth) }}>
                {rowName(depth)}
              </th>
              <Gap width={seen.first * seen.cell} />
              {drawn.map(({ position, token, column }) => {
                const reading = column?.get(depth.name);
                const cell = cellOf(reading, cells);
                const fill = cell && shadeOf(cell.shade);
                const name = `${depth.name}:${position}`;
                const first = reading?.top[0];
                return (
                  <td
                    key={position}
                    data-cell={name}
                    data-token={first?.token.text}
                    data-probability={first?.probability}
                    aria-colindex={position + 2}
                    tabIndex={name === reached ? 0 : -1}
                    class={classOf(depth, position, first?.token.tokenId)}
                    title={cellTitle(reading, depth, token, position)}
                    style={{
                      width: px(seen.cell),
                      ...(fill && { background: fill, color: inkOn(fill, palette.value) }),
                    }}
                  >
                    {cell?.token ? <TokenText token={cell.token} /> : (cell?.text ?? (isBusy && !column ? '…' : ''))}
                  </td>
                );
              })}
              <Gap width={(columns.length - 1 - seen.last) * seen.cell} />
            </tr>
          ))}
          <tr class="prompt-row">
            <th scope="row" style={{ width: px(namesWidth) }}>
              at
            </th>
            <Gap width={seen.first * seen.cell} />
            {drawn.map(({ position, token }) => (
              <th
                key={position}
                scope="col"
                class={headOf(position)}
                title={position === target ? `position ${position}, which predicts` : `position ${position}`}
              >
                <TokenText token={token} />
                {position === target && <span class="visually-hidden"> (predicts)</span>}
              </th>
            ))}
            <Gap width={(columns.length - 1 - seen.last) * seen.cell} />
          </tr>
        </tbody>
      </table>
    </div>
  );

  function headOf(position: number): string {
    return [position === shown.position && 'meant', position === target && 'predicts'].filter(Boolean).join(' ');
  }

  function classOf(depth: Depth, position: number, first: number | undefined): string {
    const isShown = depth === shown.depth && position === shown.position;
    const names = [
      isShown && 'shown',
      first === cells.tokenId && 'says-target',
      first !== undefined && first === againstId && 'says-against',
    ];
    return names.filter(Boolean).join(' ');
  }
}

/** In place of the columns that are not drawn. */
function Gap({ width }: { readonly width: number }) {
  return width > 0 ? <td aria-hidden="true" class="gap" style={{ width: px(width) }} /> : null;
}
