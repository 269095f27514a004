/** The marks of the picture, row by row: each row is its cells and, in the gap below them, what moves into them. */
import { inkOn } from '../../drawing/colour.ts';
import { hueOf } from '../../drawing/palette.ts';
import type { Mark } from '../../drawing/scene.ts';
import { percent } from '../../format/number.ts';
import { arcPath } from './arcs.ts';
import type { Depth } from './figures.ts';
import { type Column, rowY, visibleColumns } from './geometry.ts';
import { largestShare, shareScale } from './shades.ts';
import { carriedIn, movesIn, type Sketch, thickest } from './sketch.ts';

export interface RowMarks {
  /** Among the columns; what is scrolled away is cut off. */
  readonly inside: readonly Mark[];
  /** Right of them. */
  readonly beside: readonly Mark[];
}

/** @param row 0: the embedding; n: after block n − 1 */
export function rowMarks(sketch: Sketch, row: number): RowMarks {
  const { flow, depth } = sketch;
  const block = row > 0 && row <= depth ? flow.depths[row - 1] : undefined;
  const columns = visibleColumns(sketch.geometry);
  return {
    inside: [
      ...(row > 0 ? arcs(sketch, row - 1) : []),
      ...columns.flatMap((column) => (row === 0 ? start(sketch, column) : cell(sketch, row, column, block))),
    ],
    beside: block ? writes(sketch, row, block) : [],
  };
}

function box({ geometry }: Sketch, row: number, { x, width }: Column) {
  const space = width >= 5 ? 1 : 0;
  return { x: x + space / 2, y: rowY(geometry, row), width: width - space, height: geometry.cell };
}

/** Where the followed tokens come in. */
function start(sketch: Sketch, column: Column): Mark[] {
  const { flow, palette } = sketch;
  const place = box(sketch, 0, column);
  const held = flow.followed.flatMap(({ position }, index) =>
    position >= column.first && position < column.end ? [hueOf(palette, index)] : [],
  );
  const [fill = palette.faint] = held;
  return [{ type: 'rect', ...place, fill }];
}

/** Each followed token has a lane of the cell. */
function cell(sketch: Sketch, row: number, column: Column, block: Depth | undefined): Mark[] {
  const { flow, palette, scales } = sketch;
  const place = box(sketch, row, column);
  if (!block?.followed.length) {
    const isToCome = !block || flow.followed.length > 0;
    return [
      isToCome && place.width >= 5
        ? { type: 'rect', ...place, stroke: palette.line, thickness: 1, opacity: 0.7, ...inset(place) }
        : { type: 'rect', ...place, fill: palette.faint },
    ];
  }
  const height = place.height / flow.followed.length;
  return block.followed.flatMap((token, index): Mark[] => {
    const { share, position } = largestShare(token, column.first, column.end);
    const fill = shareScale(palette, index)(share);
    const lane = { x: place.x, y: place.y + index * height, width: place.width, height };
    const made = ((token.throughMlp[position] ?? 0) / (scales.made || 1)) * place.width;
    return [
      { type: 'rect', ...lane, fill },
      ...(share < -0.005 ? against(sketch, lane, index, share) : []),
      ...figure(sketch, lane, share, fill),
      ...(made >= 0.5 ? [bar(sketch, place, index, made)] : []),
    ];
  });
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function inset({ x, y, width, height }: Box): Box {
  return { x: x + 0.5, y: y + 0.5, width: width - 1, height: height - 1 };
}

/** A share below 0 is hollow: an edge in the token's hue. */
function against({ palette }: Sketch, lane: Box, index: number, share: number): Mark[] {
  if (lane.width < 4 || lane.height < 4) return [];
  const opacity = Math.min(1, Math.sqrt(-share) + 0.2);
  return [{ type: 'rect', ...inset(lane), stroke: hueOf(palette, index), thickness: 1, opacity }];
}

/** What the MLP made of the token here, right below the cell. */
function bar({ geometry, palette }: Sketch, place: Box, index: number, width: number): Mark {
  const height = geometry.pitch - geometry.cell >= 20 ? 2.5 : 1;
  return {
    type: 'rect',
    x: place.x,
    y: place.y + geometry.cell + 1 + index * height,
    width,
    height,
    fill: hueOf(palette, index),
    opacity: 0.75,
  };
}

/** The share, where there is room. */
function figure({ palette }: Sketch, lane: Box, share: number, fill: string): Mark[] {
  const text = percent(share);
  if (lane.width < text.length * 6.6 + 2 || lane.height < 12 || Math.abs(share) < 0.045) return [];
  return [
    {
      type: 'text',
      x: lane.x + lane.width / 2,
      y: lane.y + lane.height / 2 + 4,
      text,
      fill: inkOn(fill, palette),
      size: 11,
      anchor: 'middle',
    },
  ];
}

function arcs(sketch: Sketch, layer: number): Mark[] {
  const { geometry, palette, moves, scales, shown } = sketch;
  const most = thickest(geometry);
  const faded = shown === 'both' && moves ? 0.35 : 0.6;
  const carried = carriedIn(sketch, layer).map(({ index, from, to, amount }): Mark => {
    const size = amount / (scales.carried || 1);
    return {
      type: 'path',
      d: arcPath(geometry, { layer, from, to }),
      stroke: hueOf(palette, index),
      thickness: Math.max(0.5, size * most),
      opacity: faded * (0.35 + 0.65 * Math.sqrt(size)),
    };
  });
  const mattering = movesIn(sketch, layer).toReversed();
  return [
    ...(moves && shown !== 'flows' && layer < sketch.depth ? band(sketch, layer, moves.rest[layer] ?? 0) : []),
    ...carried,
    ...mattering.map(({ from, to, score }): Mark => {
      const size = Math.abs(score) / (moves?.largest || 1);
      return {
        type: 'path',
        d: arcPath(geometry, { layer, from: from.position, to: to.position }),
        stroke: score < 0 ? palette.negative : palette.positive,
        thickness: Math.max(0.8, size * most),
        opacity: 0.45 + 0.45 * Math.sqrt(size),
      };
    }),
  ];
}

/** What all moves that are not drawn come to together. */
function band({ geometry, palette, moves }: Sketch, layer: number, rest: number): Mark[] {
  const { left, right, pitch, cell: cellHeight } = geometry;
  const height = Math.max(1, (Math.abs(rest) / (moves?.largest || 1)) * thickest(geometry));
  const middle = rowY(geometry, layer + 1) + cellHeight + (pitch - cellHeight) / 2;
  const fill = rest < 0 ? palette.negative : palette.positive;
  return [{ type: 'rect', x: left, y: middle - height / 2, width: right - left, height, fill, opacity: 0.16 }];
}

/** What attention (above) and the MLP (below) write straight to what is explained. */
function writes(sketch: Sketch, row: number, { writes: written }: Depth): Mark[] {
  const { geometry, palette, scales } = sketch;
  if (!geometry.hasWrites || !written) return [];
  const middle = geometry.right + 24;
  const y = rowY(geometry, row);
  const height = geometry.cell / 2;
  const lane = (value: number | null, index: number): Mark[] => {
    const width = (Math.abs(value ?? 0) / (scales.written || 1)) * 19;
    return width < 0.3
      ? []
      : [
          {
            type: 'rect',
            x: (value ?? 0) < 0 ? middle - width : middle,
            y: y + index * height,
            width,
            height: height - (height > 4 ? 1 : 0),
            fill: (value ?? 0) < 0 ? palette.negative : palette.positive,
          },
        ];
  };
  return [
    { type: 'rect', x: middle - 0.5, y, width: 1, height: geometry.cell, fill: palette.line },
    ...lane(written.attention, 0),
    ...lane(written.mlp, 1),
  ];
}
