/** What stands left and right of the rows: their numbers, what the other moves come to, and the lens. */
import { inkOn, probabilityScale } from '../../drawing/colour.ts';
import type { Mark } from '../../drawing/scene.ts';
import { percent, signed } from '../../format/number.ts';
import type { Depth, Said } from './figures.ts';
import { character, rowY } from './geometry.ts';
import { clipped } from './labels.ts';
import type { Sketch } from './sketch.ts';

/** Height of a label. */
const labelled = 13;

export function sideMarks(sketch: Sketch): Mark[] {
  const { flow, depth } = sketch;
  return [
    ...Array.from({ length: flow.layerCount + 1 }, (_, row) => rowLabel(sketch, row)).flat(),
    ...flow.depths.slice(0, depth).flatMap((block) => lens(sketch, block)),
  ];
}

function rowLabel(sketch: Sketch, row: number): Mark[] {
  const { geometry, palette, flow, moves, shown, depth } = sketch;
  const { left, pitch, cell: cellHeight } = geometry;
  const every = Math.ceil(labelled / pitch);
  const y = rowY(geometry, row);
  const isShown = row === 0 || row === flow.layerCount || (row - 1) % every === 0;
  const crowds = row !== 0 && row !== flow.layerCount && (row < every || flow.layerCount - row < every);
  const muted = { type: 'text', x: left - 7, anchor: 'end', fill: palette.muted } as const;
  return [
    ...(isShown && !crowds
      ? [
          {
            ...muted,
            y: y + cellHeight / 2 + 4,
            text: row === 0 ? 'input' : String(row - 1),
            size: row === 0 ? 11 : 12,
          },
        ]
      : []),
    ...(row > 0 && row <= depth && moves && shown !== 'flows' && pitch - cellHeight >= 24 && left >= 50
      ? [{ ...muted, y: y + (cellHeight + pitch) / 2 + 4, text: signed(moves.rest[row - 1] ?? 0), size: 10 }]
      : []),
  ];
}

/** What the model would say after the block; where rows are close, where that changes. */
function lens(sketch: Sketch, { layer, says }: Depth): Mark[] {
  const { geometry, palette, flow, depth } = sketch;
  if (!says) return [];
  const { width, lensWidth, cell: cellHeight } = geometry;
  const x = width - lensWidth + 4;
  const y = rowY(geometry, layer + 1);
  const shade = probabilityScale(palette)(says.probability);
  const height = Math.max(cellHeight, 4);
  const back: Mark = { type: 'rect', x, y, width: lensWidth - 4, height, fill: shade };
  const isClose = geometry.pitch < labelled;
  if (isClose && !isNamed(flow.depths.slice(0, depth), layer, Math.ceil(labelled / geometry.pitch))) return [back];
  const size = geometry.pitch < 24 ? 10 : 12;
  const at = y + height / 2 + size * 0.36;
  const room = Math.floor((lensWidth - 46) / (character * (size / 12)));
  const fill = inkOn(isClose ? palette.background : shade, palette);
  const plate: Mark[] = isClose ? [{ ...back, y: at - size, height: size + 3, fill: palette.background }] : [];
  return [
    back,
    ...plate,
    { type: 'text', x: x + 5, y: at, text: clipped(says.token, room), fill, size, monospace: true },
    { type: 'text', x: width - 5, y: at, text: percent(says.probability), fill, size, anchor: 'end' },
  ];
}

/** Of rows that are too close for a label each: the last one, and those where another token comes first, some way apart. */
export function isNamed(depths: readonly { readonly says: Said | undefined }[], layer: number, apart: number): boolean {
  const last = depths.length - 1;
  if (layer === last) return true;
  let named = -apart;
  for (let at = 0; at <= layer; at++) {
    const isOther = depths[at]?.says?.token.tokenId !== depths[at - 1]?.says?.token.tokenId;
    if (!isOther || at - named < apart) continue;
    if (at === layer) return last - layer >= apart;
    named = at;
  }
  return false;
}
