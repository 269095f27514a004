// biome-ignore-all lint/a11y/noSvgWithoutTitle: the grid in it has the name; a title would cover the cells.
// biome-ignore-all lint/a11y/useSemanticElements: cells of a picture are no cells of a table.
/** Every head by how much it differs between two groups: colour is the difference, a mark that it is more than chance. */
import { useSignal } from '@preact/signals';
import { contributionScale, inkOn, largestOf } from '../../../drawing/colour.ts';
import { componentName } from '../../../format/component.ts';
import { exact, rounded, signed } from '../../../format/number.ts';
import { palette } from '../../../state/theme.ts';
import { beside, cellAt, gridLayout } from '../../heads/grid-layout.ts';
import { type FigureComparison, isSignificant, pInWords } from './words.ts';

export interface Head {
  readonly layer: number;
  readonly head: number;
}

interface HeadGridProps {
  readonly figures: readonly FigureComparison[];
  readonly width: number;
  readonly chosen: Head | undefined;
  readonly choose: (head: Head) => void;
}

export function HeadGrid({ figures, width, chosen, choose }: HeadGridProps) {
  const reached = useSignal<Head>({ layer: 0, head: 0 });
  const heads = figures.flatMap((figure) => {
    const { layer, head } = figure.figure;
    return layer === null || head === null ? [] : [{ layer, head, figure }];
  });
  const layerCount = 1 + Math.max(0, ...heads.map(({ layer }) => layer));
  const headCount = 1 + Math.max(0, ...heads.map(({ head }) => head));
  const layout = gridLayout(width, layerCount, headCount, false);
  const largest = largestOf(heads.map(({ figure }) => figure.difference));
  const scale = contributionScale(palette.value, largest);
  const headOf = ({ target }: Event): Head | undefined => {
    const { layer, head } = (target as Element).closest<SVGElement>('[data-layer]')?.dataset ?? {};
    return layer === undefined ? undefined : { layer: Number(layer), head: Number(head) };
  };
  const take = (head: Head | undefined) => {
    if (!head) return;
    reached.value = head;
    choose(head);
  };
  const press = (event: KeyboardEvent) => {
    const from = headOf(event);
    if (!from) return;
    const next = beside(event.key, from, { layerCount, headCount, hasMlp: false });
    if (event.key === 'Enter' || event.key === ' ') take(from);
    else if (next && next.head !== null) {
      reached.value = { layer: next.layer, head: next.head };
      const cell = `[data-layer="${next.layer}"][data-head="${next.head}"]`;
      (event.currentTarget as Element).querySelector<SVGElement>(cell)?.focus();
    } else return;
    event.preventDefault();
  };
  const rows = Array.from({ length: layerCount }, (_, layer) => heads.filter((one) => one.layer === layer)).reverse();
  return (
    <>
      <svg class="head-grid" width={layout.width} height={layout.height}>
        <g class="axis">
          <text x={layout.left} y={12}>
            head →
          </text>
          <text x={layout.left - 6} y={layout.top - 6} text-anchor="end">
            layer
          </text>
          {Array.from({ length: Math.ceil(headCount / layout.headStep) }, (_, index) => index * layout.headStep).map(
            (head) => (
              <text
                key={head}
                x={layout.left + (head + 0.5) * layout.cellWidth}
                y={layout.top - 6}
                text-anchor="middle"
              >
                {head}
              </text>
            ),
          )}
        </g>
        <g
          role="grid"
          aria-label="Heads by their difference: layers by heads"
          onClick={(event) => take(headOf(event))}
          onKeyDown={press}
        >
          {rows.map((row) => {
            const layer = row[0]?.layer ?? 0;
            const heading = cellAt(layout, layerCount, layer, 0);
            return (
              <g role="row" key={layer}>
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
                {row.map(({ head, figure }) => {
                  const place = cellAt(layout, layerCount, layer, head);
                  const fill = scale(figure.difference);
                  return (
                    <g
                      key={head}
                      role="gridcell"
                      data-layer={layer}
                      data-head={head}
                      data-significant={isSignificant(figure)}
                      aria-selected={chosen?.layer === layer && chosen.head === head}
                      aria-label={cellLabel(figure, componentName(layer, head))}
                      // Names of attributes of SVG are case-sensitive.
                      tabindex={reached.value.layer === layer && reached.value.head === head ? 0 : -1}
                    >
                      <rect {...place} fill={fill} />
                      {isSignificant(figure) && (
                        <circle class="significant" {...cornerOf(place)} fill={inkOn(fill, palette.value)} />
                      )}
                      {layout.hasText && (
                        <text
                          x={place.x + place.width / 2}
                          y={place.y + place.height / 2 + 4}
                          fill={inkOn(fill, palette.value)}
                        >
                          {signed(figure.difference)}
                        </text>
                      )}
                    </g>
                  );
                })}
              </g>
            );
          })}
        </g>
        {chosen && (
          <g class="emphasis">
            <rect {...cellAt(layout, layerCount, chosen.layer, chosen.head)} />
          </g>
        )}
      </svg>
      <p class="key quiet">
        <span class="shades">
          −{rounded(largest)} <i /> +{rounded(largest)}
        </span>
        <span>• more than chance alone would do</span>
      </p>
    </>
  );
}

/** A mark in the corner of a cell, above its figure. */
function cornerOf({ x, y, width, height }: { x: number; y: number; width: number; height: number }) {
  const r = Math.min(2, width / 5, height / 5);
  return { cx: x + width - 2 * r, cy: y + 2 * r, r };
}

function cellLabel(figure: FigureComparison, name: string): string {
  const { difference, adjustedPValue } = figure;
  const verdict = isSignificant(figure) ? 'more than chance' : 'no more than chance';
  return `Head ${name}: ${signed(difference)} (${exact(difference)}), ${verdict}, ${pInWords(adjustedPValue)} of all`;
}
