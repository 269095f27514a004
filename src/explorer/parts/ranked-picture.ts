/** A ranked table as a picture to take along: names, bars, figures. */
import { largestOf } from '../drawing/colour.ts';
import type { Palette } from '../drawing/palette.ts';
import type { Mark, Scene } from '../drawing/scene.ts';
import { rounded, signed } from '../format/number.ts';
import { barOf } from './ranking.ts';

export interface NamedValue {
  readonly name: string;
  readonly value: number;
}

interface Frame {
  readonly title: string;
  /** Of the values: `total (logits)`. */
  readonly heading: string;
  readonly palette: Palette;
}

const row = 20;
const names = 250;
const track = 220;
const top = 50;

export function rankedPicture(rows: readonly NamedValue[], { title, heading, palette }: Frame): Scene {
  const largest = largestOf(rows.map(({ value }) => value));
  const middle = names + track / 2;
  const height = top + rows.length * row + 24;
  const text = (
    x: number,
    y: number,
    of: string,
    fill: string,
    more: { anchor?: 'end'; weight?: 'bold' } = {},
  ): Mark => ({
    type: 'text',
    x,
    y,
    text: of,
    size: 12,
    fill,
    ...more,
  });
  return {
    width: names + track + 80,
    height,
    background: palette.background,
    marks: [
      text(8, 18, title, palette.ink, { weight: 'bold' }),
      text(names, 38, heading, palette.muted),
      { type: 'path', d: `M${middle} ${top - 4}V${height - 24}`, stroke: palette.line },
      ...rows.flatMap(({ name, value }, index): Mark[] => {
        const y = top + index * row;
        const { left, width, isFor } = barOf(value, largest);
        const fill = isFor ? palette.positive : palette.negative;
        return [
          text(8, y + 13, name, palette.ink),
          {
            type: 'rect',
            x: names + (left / 100) * track,
            y: y + 3,
            width: (width / 100) * track,
            height: row - 8,
            fill,
          },
          text(names + track + 72, y + 13, signed(value), palette.ink, { anchor: 'end' }),
        ];
      }),
      text(names, height - 6, `−${rounded(largest)} against … for +${rounded(largest)}`, palette.muted),
    ],
  };
}
