/** What the view gives to take along: the grid with the map of the head that is shown, and their figures. */

import { contributionScale, inkOn } from '../../drawing/colour.ts';
import type { Palette } from '../../drawing/palette.ts';
import type { Mark, Scene } from '../../drawing/scene.ts';
import { componentName } from '../../format/component.ts';
import { rounded, signed } from '../../format/number.ts';
import type { Table } from '../../takeaway/takeaway.ts';
import type { Figures } from './figures.ts';
import { cellAt, type GridLayout } from './grid-layout.ts';
import type { HeadMap } from './map-layout.ts';
import type { Ablated, PlacedToken } from './words.ts';

export interface GridPicture {
  readonly figures: Figures;
  /** The end of the scale. */
  readonly largest: number;
  readonly layout: GridLayout;
  /** `total contribution`. */
  readonly what: string;
  readonly target: string;
  readonly unit: string;
}

export function gridScene({ figures, largest, layout, what, target, unit }: GridPicture, palette: Palette): Scene {
  const { rows, headCount, hasMlp } = figures;
  const { left, top, cellWidth, headStep, layerStep, mlpLeft, mlpWidth } = layout;
  const [above, below, size] = [26, 24, 11];
  const small = { type: 'text', fill: palette.muted, size } as const;
  const marks: Mark[] = [
    { type: 'text', x: 0, y: 15, text: `Heads: ${what} to ${target}`, fill: palette.ink, size: 14, weight: 'bold' },
    { ...small, x: left, y: above + 12, text: 'head →' },
    { ...small, x: left - 6, y: above + top - 6, text: 'layer', anchor: 'end' },
  ];
  if (hasMlp) marks.push({ ...small, x: mlpLeft + mlpWidth / 2, y: above + top - 6, text: 'MLP', anchor: 'middle' });
  for (let head = 0; head < headCount; head += headStep)
    marks.push({
      ...small,
      x: left + (head + 0.5) * cellWidth,
      y: above + top - 6,
      text: String(head),
      anchor: 'middle',
    });
  const scale = contributionScale(palette, largest);
  for (const { layer, state, heads, mlp } of rows) {
    const row = cellAt(layout, rows.length, layer, 0);
    if (layer % layerStep === 0)
      marks.push({ ...small, x: left - 6, y: above + row.y + row.height / 2 + 4, text: String(layer), anchor: 'end' });
    for (const [head, value] of [...heads.entries(), ...(mlp === null ? [] : [[null, mlp] as const])]) {
      const { x, y, width, height } = cellAt(layout, rows.length, layer, head);
      const fill = state === 'final' ? scale(value) : palette.faint;
      marks.push({ type: 'rect', x, y: above + y, width, height, fill });
      if (layout.hasText && state === 'final')
        marks.push({
          type: 'text',
          x: x + width / 2,
          y: above + y + height / 2 + 4,
          text: signed(value),
          fill: inkOn(fill, palette),
          size,
          anchor: 'middle',
        });
    }
  }
  const end = above + layout.height;
  const shades = Array.from({ length: 21 }, (_, index) => (largest * (index - 10)) / 10);
  marks.push(
    { ...small, x: left + 46, y: end + 16, text: `−${rounded(largest)}`, anchor: 'end' },
    ...shades.map(
      (value, index): Mark => ({
        type: 'rect',
        x: left + 50 + index * 5,
        y: end + 7,
        width: 5.5,
        height: 10,
        fill: scale(value),
      }),
    ),
    { ...small, x: left + 160, y: end + 16, text: `+${rounded(largest)} ${unit}` },
  );
  return { width: Math.max(layout.width, 320), height: end + below, background: palette.background, marks };
}

export function headTable(total: Figures, direct: Figures, unit: string): Table {
  return {
    name: 'heads',
    columns: ['layer', 'component', `total (${unit})`, `direct (${unit})`],
    rows: total.rows
      .filter(({ state }) => state === 'final')
      .flatMap(({ layer, heads, mlp }) => [
        ...heads.map((value, head) => [layer, `head ${head}`, value, direct.rows[layer]?.heads[head] ?? null]),
        ...(mlp === null ? [] : [[layer, 'MLP', mlp, direct.rows[layer]?.mlp ?? null]]),
      ]),
  };
}

export function mapTable(
  { length, scores, weights }: HeadMap,
  name: string,
  tokens: readonly PlacedToken[],
  unit: string,
): Table {
  const rows: (string | number | null)[][] = [];
  for (let to = 0; to < length; to++)
    for (let from = 0; from <= to; from++) {
      const at = to * length + from;
      rows.push([to, tokens[to]?.text ?? '', from, tokens[from]?.text ?? '', scores[at] ?? 0, weights?.[at] ?? null]);
    }
  return {
    name: `head-${name}`,
    columns: ['to', 'to token', 'from', 'from token', `contribution (${unit})`, 'attention weight'],
    rows,
  };
}

export function ablationTable(
  ablations: readonly (Ablated & { readonly direct: number })[],
  replacement: string,
  unit: string,
): Table {
  return {
    name: `ablations-${replacement.toLowerCase()}`,
    columns: ['component', `direct (${unit})`, `total (${unit})`, `drop (${unit})`],
    rows: ablations.map(({ layer, head, direct, total, drop }) => [componentName(layer, head), direct, total, drop]),
  };
}

export function circuitTable(heads: readonly { layer: number; head: number; copying: number }[]): Table {
  return {
    name: 'copying',
    columns: ['head', 'copying (−1 to 1)'],
    rows: heads.map(({ layer, head, copying }) => [componentName(layer, head), copying]),
  };
}
