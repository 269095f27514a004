// biome-ignore-all lint/a11y/noSvgWithoutTitle: the grid in it has the name; a title would cover the cells.
// biome-ignore-all lint/a11y/useSemanticElements: cells of a picture are no cells of a table.
/** All heads at once, layers upwards, MLPs apart: one element a cell, so that each can be reached and read. */

import { useSignal } from '@preact/signals';
import { contributionScale, inkOn } from '../../drawing/colour.ts';
import { componentName } from '../../format/component.ts';
import { exact, signed } from '../../format/number.ts';
import type { TargetWords } from '../../format/target.ts';
import { chosen, hovered, pin, pinned } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import { type Figures, type Row, strongestHeads, valueAt } from './figures.ts';
import { apartFromStronger, beside, cellAt, type GridLayout } from './grid-layout.ts';

interface GridProps {
  readonly figures: Figures;
  /** The end of the scale. */
  readonly largest: number;
  readonly layout: GridLayout;
  /** `total contribution, logits`. */
  readonly what: string;
  /** The one that is shown in depth. */
  readonly shown: { readonly layer: number; readonly head: number } | undefined;
}

type Cell = { readonly layer: number; readonly head: number | null };

export function Grid({ figures, largest, layout, what, shown }: GridProps) {
  const { rows, headCount, hasMlp } = figures;
  const reached = useSignal<Cell>({ layer: 0, head: 0 });
  const cellOf = ({ target }: Event): Cell | undefined => {
    const { layer, head } = (target as Element).closest<SVGElement>('[data-layer]')?.dataset ?? {};
    return layer === undefined ? undefined : { layer: Number(layer), head: head === 'mlp' ? null : Number(head) };
  };
  const point = (event: Event) => {
    const cell = cellOf(event);
    hovered.value = cell ? selectionOf(cell) : {};
  };
  const choose = (cell: Cell | undefined) => {
    if (!cell) return;
    reached.value = cell;
    pin({ layer: cell.layer, head: cell.head ?? undefined } as { layer: number; head: number });
  };
  const press = (event: KeyboardEvent) => {
    const cell = cellOf(event);
    if (!cell) return;
    const next = beside(event.key, cell, { layerCount: rows.length, headCount, hasMlp });
    if (event.key === 'Enter' || event.key === ' ') choose(cell);
    else if (next) {
      reached.value = next;
      const name = `[data-layer="${next.layer}"][data-head="${next.head ?? 'mlp'}"]`;
      (event.currentTarget as Element).querySelector<SVGElement>(name)?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <svg class="head-grid" width={layout.width} height={layout.height}>
      <Headers figures={figures} layout={layout} />
      <g
        role="grid"
        aria-label={`Heads and MLPs, ${what}: layers by heads`}
        onPointerOver={point}
        onPointerLeave={() => (hovered.value = {})}
        onFocusIn={point}
        onFocusOut={() => (hovered.value = {})}
        onClick={(event) => choose(cellOf(event))}
        onKeyDown={press}
      >
        {[...rows].reverse().map((row) => (
          <GridRow
            key={row.layer}
            row={row}
            figures={figures}
            largest={largest}
            layout={layout}
            reached={reached.value}
          />
        ))}
      </g>
      <Labels figures={figures} layout={layout} />
      <Emphasis layout={layout} layerCount={rows.length} shown={shown} />
    </svg>
  );
}

function selectionOf({ layer, head }: Cell) {
  return head === null ? { layer } : { layer, head };
}

function Headers({ figures: { headCount, hasMlp }, layout }: Pick<GridProps, 'figures' | 'layout'>) {
  const { left, top, cellWidth, headStep, mlpLeft, mlpWidth } = layout;
  const heads = Array.from({ length: Math.ceil(headCount / headStep) }, (_, index) => index * headStep);
  return (
    <g class="axis">
      <text x={left} y={12}>
        head →
      </text>
      <text x={left - 6} y={top - 6} text-anchor="end">
        layer
      </text>
      {heads.map((head) => (
        <text key={head} x={left + (head + 0.5) * cellWidth} y={top - 6} text-anchor="middle">
          {head}
        </text>
      ))}
      {hasMlp && (
        <text x={mlpLeft + mlpWidth / 2} y={top - 6} text-anchor="middle">
          MLP
        </text>
      )}
    </g>
  );
}

interface RowProps extends Pick<GridProps, 'figures' | 'largest' | 'layout'> {
  readonly row: Row;
  readonly reached: Cell;
}

function GridRow({ row, figures, largest, layout, reached }: RowProps) {
  const { layer, state, heads, mlp } = row;
  const { rows, headCount, hasMlp, largestProvisional } = figures;
  const scale = contributionScale(palette.value, state === 'provisional' ? largestProvisional : largest);
  const heading = cellAt(layout, rows.length, layer, 0);
  const isChosen = (head: number | null) => pinned.value.layer === layer && pinned.value.head === (head ?? undefined);
  const cells: (number | null)[] = [...Array(headCount).keys(), ...(hasMlp ? [null] : [])];
  return (
    <g role="row" class={state}>
      <text
        role="rowheader"
        class="axis"
        x={layout.left - 6}
        y={heading.y + heading.height / 2 + 4}
        text-anchor="end"
        aria-label={`Layer ${layer}`}
      >
        {layer % layout.layerStep === 0 ? layer : ''}
      </text>
      {cells.map((head) => {
        const value = head === null ? mlp : heads[head];
        const place = cellAt(layout, rows.length, layer, head);
        const fill = value === undefined || value === null ? palette.value.faint : scale(value);
        return (
          <g
            key={head ?? 'mlp'}
            role="gridcell"
            data-layer={layer}
            data-head={head ?? 'mlp'}
            data-value={value ?? undefined}
            aria-selected={isChosen(head)}
            aria-label={cellLabel(row, head, value)}
            // Names of attributes of SVG are case-sensitive.
            tabindex={reached.layer === layer && reached.head === head ? 0 : -1}
          >
            <rect {...place} fill={fill} />
            {layout.hasText && value !== undefined && value !== null && (
              <text x={place.x + place.width / 2} y={place.y + place.height / 2 + 4} fill={inkOn(fill, palette.value)}>
                {signed(value)}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

function cellLabel({ layer, state }: Row, head: number | null, value: number | null | undefined): string {
  const name = head === null ? `MLP of layer ${layer}` : `Head ${componentName(layer, head)}`;
  if (value === null || value === undefined) return `${name}: ${state === 'unknown' ? 'not there yet' : 'none'}`;
  return `${name}: ${state === 'provisional' ? 'provisional ' : ''}${signed(value)} (${exact(value)})`;
}

/** Where figures do not fit into the cells, the strongest heads are named where they stand. */
function Labels({ figures, layout }: Pick<GridProps, 'figures' | 'layout'>) {
  if (layout.hasText) return null;
  const strongest = strongestHeads(figures, 3).map((one) => ({
    ...one,
    ...cellAt(layout, figures.rows.length, one.layer, one.head),
  }));
  const named = apartFromStronger(strongest);
  return (
    <g class="names">
      {named.map(({ layer, head, value, x, y, width, height }) => {
        const isRight = x > layout.width / 2;
        return (
          <g key={componentName(layer, head)}>
            <rect x={x} y={y} width={width} height={height} />
            <text x={isRight ? x - 4 : x + width + 4} y={y + height / 2 + 4} text-anchor={isRight ? 'end' : 'start'}>
              {componentName(layer, head)} {signed(value)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Emphasis({
  layout,
  layerCount,
  shown,
}: Pick<GridProps, 'layout' | 'shown'> & { readonly layerCount: number }) {
  const { layer, head } = chosen.value;
  const frame = (at: number, of: number | null) => cellAt(layout, layerCount, at, of);
  const row = layer === undefined || layer >= layerCount ? undefined : frame(layer, 0);
  return (
    <g class="emphasis">
      {shown && <rect class="shown" {...frame(shown.layer, shown.head)} />}
      {row && layer !== undefined && head !== undefined && <rect {...frame(layer, head)} />}
      {row && head === undefined && (
        <rect x={layout.left} y={row.y - 1} width={layout.width - layout.left - 1} height={row.height + 2} />
      )}
    </g>
  );
}

interface ReadoutProps {
  readonly total: Figures;
  readonly direct: Figures;
  readonly target: TargetWords;
}

/** What is pointed at, exactly. */
export function Readout({ total, direct, target }: ReadoutProps) {
  const { layer, head } = chosen.value;
  if (layer === undefined)
    return <p class="readout">Point at a head for its figures; click it to see what it moves.</p>;
  const name = head === undefined ? `MLP of layer ${layer}` : `Head ${head} of layer ${layer}`;
  const value = valueAt(total, layer, head ?? null);
  const state = total.rows[layer]?.state;
  const said =
    value === undefined
      ? state === 'final'
        ? 'there is none'
        : 'no figure yet'
      : state === 'provisional'
        ? `${signed(value)} so far: direct, up to a factor that the end tells`
        : `${exact(value)} ${target.unit} in total, ${exact(valueAt(direct, layer, head ?? null) ?? 0)} of it direct`;
  return (
    <p class="readout">
      {name}: {said}
    </p>
  );
}
