/** The lens as a picture to take along: the table that is seen, and below it the tokens through depth. */
import { inkOn, probabilityScale } from '../../drawing/colour.ts';
import type { Mark, Scene } from '../../drawing/scene.ts';
import { type ShownToken, visible } from '../../format/token.ts';
import { type CellFrame, cellOf } from './cells.ts';
import { type RankFrame, rankPicture } from './ranks.ts';
import type { Column, Depth, Series } from './readings.ts';

export interface LensFrame extends Omit<RankFrame, 'width' | 'above'> {
  readonly title: string;
  /** Of the lines: where they are read. */
  readonly heading: string;
  readonly cells: CellFrame;
  readonly shading: string;
}

export interface LensColumn {
  readonly position: number;
  readonly token: ShownToken;
  /** Undefined where it is not read yet. */
  readonly column: Column | undefined;
}

const cell = { width: 84, height: 22 };
const left = 64;
const top = 34;
/** Characters that a cell holds. */
const longest = 10;

export function lensPicture(columns: readonly LensColumn[], series: readonly Series[], frame: LensFrame): Scene {
  const { palette, depths, title, heading, cells, shading } = frame;
  const shadeOf = probabilityScale(palette);
  const foot = top + depths.length * cell.height;
  const width = Math.max(left + columns.length * cell.width + 8, 480);
  const ranks = rankPicture(series, { ...frame, width, above: foot + 70 });
  const text = (x: number, y: number, of: string, more: Partial<Extract<Mark, { type: 'text' }>> = {}): Mark => ({
    type: 'text',
    x,
    y,
    text: of.length > longest && more.monospace ? `${of.slice(0, longest - 1)}…` : of,
    size: 12,
    fill: palette.ink,
    ...more,
  });
  const rows = depths.toReversed().flatMap((depth, row): Mark[] => {
    const y = top + row * cell.height;
    return [
      text(left - 8, y + 15, rowName(depth), { anchor: 'end', fill: palette.muted }),
      ...columns.flatMap(({ column }, at): Mark[] => {
        const shown = cellOf(column?.get(depth.name), cells);
        const fill = shown ? shadeOf(shown.shade) : palette.faint;
        const x = left + at * cell.width;
        const drawn: Mark = { type: 'rect', x, y, width: cell.width - 1, height: cell.height - 1, fill };
        if (!shown) return [drawn];
        const middle = { anchor: 'middle', fill: inkOn(fill, palette), monospace: true } as const;
        return [drawn, text(x + cell.width / 2, y + 15, shown.text, middle)];
      }),
    ];
  });
  return {
    ...ranks,
    marks: [
      text(8, 18, title, { weight: 'bold', size: 13 }),
      ...rows,
      ...columns.map(({ token }, at) =>
        text(left + (at + 0.5) * cell.width, foot + 16, visible(token), { anchor: 'middle', monospace: true }),
      ),
      text(left, foot + 34, shading, { fill: palette.muted, size: 11 }),
      text(8, foot + 62, heading, { weight: 'bold' }),
      ...ranks.marks,
    ],
  };
}

/** Of a row: `3`, `3 att.`, `embed.`. */
export function rowName({ layer, isBetween }: Depth): string {
  if (layer === undefined) return 'embed.';
  return isBetween ? `${layer} att.` : String(layer);
}
