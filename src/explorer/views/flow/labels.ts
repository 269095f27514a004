/** What stands around the rows: headings, and the tokens under their columns. */
import { hueOf } from '../../drawing/palette.ts';
import type { Mark } from '../../drawing/scene.ts';
import { type ShownToken, visible } from '../../format/token.ts';
import { type Column, labelSize, longestLabel, visibleColumns } from './geometry.ts';
import type { Sketch } from './sketch.ts';

/** Least distance of two labels that stand slanted. */
const apart = 13;

/** A token in so many characters. */
export function clipped(token: ShownToken, room: number): string {
  const text = [...visible(token)];
  return text.length <= room ? text.join('') : `${text.slice(0, Math.max(1, room - 1)).join('')}…`;
}

export function headings({ geometry, palette, flow }: Sketch): Mark[] {
  const { left, right, top, width, lensWidth, hasWrites } = geometry;
  const muted = { type: 'text', y: top - 11, fill: palette.muted, size: 11 } as const;
  return [
    { ...muted, x: left - 7, text: 'layer', anchor: 'end' },
    ...(hasWrites && flow.depths.some(({ writes }) => writes)
      ? [{ ...muted, x: right + 24, text: 'writes', anchor: 'middle' } as const]
      : []),
    { ...muted, x: width - lensWidth + 9, text: 'would say' },
  ];
}

/** The tokens under their columns: the followed ones in their hues, the position that predicts in bold. */
export function tokenLabels(sketch: Sketch): Mark[] {
  const { geometry } = sketch;
  const columns = visibleColumns(geometry);
  const every = Math.max(1, Math.ceil(apart / (geometry.step * geometry.run)));
  const followed = new Set(sketch.flow.followed.map(({ position }) => position));
  const isSpecial = ({ first, end }: Column) => {
    for (let at = first; at < end; at++) if (followed.has(at) || at === sketch.flow.position) return true;
    return false;
  };
  const marked = columns.filter(isSpecial);
  return columns
    .filter((column) => {
      if (marked.includes(column)) return true;
      const isFree = marked.every(({ x }) => Math.abs(x - column.x) >= apart);
      return isFree && (column.first / geometry.run) % every === 0;
    })
    .map((column) => label(sketch, column));
}

function label({ geometry, palette, flow }: Sketch, { first, end, x, width }: Column): Mark {
  const within = (position: number) => position >= first && position < end;
  const index = flow.followed.findIndex(({ position }) => within(position));
  const isTarget = within(flow.position);
  const position = index >= 0 ? (flow.followed[index]?.position ?? first) : isTarget ? flow.position : first;
  const token = flow.tokens[position];
  const isLevel = geometry.labels === 'level';
  const y = geometry.height - geometry.labelHeight + (isLevel ? 16 : 12);
  return {
    type: 'text',
    x: x + width / 2 + (isLevel ? 0 : 3),
    y,
    text: token ? clipped(token, longestLabel) : '',
    fill: index >= 0 ? hueOf(palette, index) : isTarget ? palette.ink : palette.muted,
    size: labelSize,
    monospace: true,
    anchor: isLevel ? 'middle' : 'end',
    weight: index >= 0 || isTarget ? 'bold' : 'normal',
    ...(!isLevel && { rotate: -55 }),
  };
}
