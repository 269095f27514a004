/** A head's [to, from] map as a picture: what it moves in colour, its attention as grey outlines. */
import type { ColourScale } from '../../drawing/colour.ts';
import { probabilityScale } from '../../drawing/colour.ts';
import type { Palette } from '../../drawing/palette.ts';
import type { Mark, Scene } from '../../drawing/scene.ts';
import { visible } from '../../format/token.ts';
import { binOf, cellsIn, type HeadMap, labelStep, type MapCell, type MapWindow } from './map-layout.ts';
import type { PlacedToken } from './words.ts';

export type MapLayer = 'moves' | 'pattern';

export interface MapFrame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  /** Of the square in which the cells stand. */
  readonly side: number;
  /** Of one drawn cell. */
  readonly cell: number;
  /** Positions that it stands for, along each axis. */
  readonly bin: number;
}

const [right, mostLetters] = [34, 9];
/** Attention can be drawn over contributions from this size of a cell on. */
const outlined = 9;

export function mapFrame(width: number, { span }: MapWindow): MapFrame {
  const [left, top] = width < 420 ? [70, 66] : [80, 70];
  const room = Math.max(120, Math.min(width - left - right, 440));
  const bin = binOf(span, room);
  const count = Math.ceil(span / bin);
  // Of a short prompt the cells need not be larger than a finger.
  const side = Math.min(room, count * 34);
  return { width: left + side + right, height: top + side + 4, left, top, side, cell: side / count, bin };
}

export interface MapDrawn {
  readonly map: HeadMap;
  readonly tokens: readonly PlacedToken[];
  readonly window: MapWindow;
  readonly frame: MapFrame;
  readonly layer: MapLayer;
  readonly palette: Palette;
  readonly scale: ColourScale;
}

export function mapScene({ map, tokens, window, frame, layer, palette, scale }: MapDrawn): Scene {
  const cells = cellsIn(map, window, frame.side, layer === 'moves' ? 'score' : 'weight');
  return {
    width: frame.width,
    height: frame.height,
    background: palette.background,
    marks: [...cellMarks(cells, frame, layer, palette, scale), ...labelMarks(tokens, window, frame, palette)],
  };
}

/** Without labels, as a thumbnail. @param side of the picture */
export function thumbnailScene(map: HeadMap, side: number, palette: Palette, scale: ColourScale): Scene {
  const window = { to: 0, from: 0, span: map.length };
  const bin = binOf(map.length, side);
  const frame = { width: side, height: side, left: 0, top: 0, side, cell: side / Math.ceil(map.length / bin), bin };
  const marks = cellMarks(cellsIn(map, window, side, 'score'), frame, 'moves', palette, scale);
  return { width: side, height: side, background: palette.background, marks };
}

function cellMarks(
  cells: readonly MapCell[],
  { left, top, cell, side }: MapFrame,
  layer: MapLayer,
  palette: Palette,
  scale: ColourScale,
): Mark[] {
  const gap = cell >= 8 ? 1 : 0;
  const grey = probabilityScale(palette);
  // Where cells have no borders, a shade tells what can be read from what comes after.
  const marks: Mark[] = gap ? [] : [{ type: 'rect', x: left, y: top, width: side, height: side, fill: palette.faint }];
  for (const { row, column, score, weight = 0 } of cells) {
    const [x, y] = [left + column * cell, top + row * cell];
    const fill = layer === 'moves' ? scale(score) : cell < outlined ? grey(weight) : palette.background;
    const back = { type: 'rect', x, y, width: cell, height: cell, fill: gap ? palette.faint : fill } as const;
    marks.push(back);
    if (!gap) continue;
    marks.push({ type: 'rect', x: x + gap / 2, y: y + gap / 2, width: cell - gap, height: cell - gap, fill });
    // The area of the outline is the weight.
    const size = Math.sqrt(weight) * (cell - 4);
    if (cell < outlined || weight < 0.01) continue;
    const inset = (cell - size) / 2;
    marks.push({
      type: 'rect',
      x: x + inset,
      y: y + inset,
      width: size,
      height: size,
      stroke: palette.muted,
      thickness: 1,
    });
  }
  return marks;
}

function labelMarks(
  tokens: readonly PlacedToken[],
  window: MapWindow,
  { left, top, cell, bin }: MapFrame,
  palette: Palette,
): Mark[] {
  const size = 11;
  const step = labelStep(cell, size + 2) * bin;
  const marks: Mark[] = [
    { type: 'text', x: left - 8, y: top - 8, text: 'reads ↓', fill: palette.muted, size, anchor: 'end' },
    { type: 'text', x: left - 8, y: size, text: 'is read →', fill: palette.muted, size, anchor: 'end' },
  ];
  for (let at = 0; at < window.span; at += step) {
    const middle = (Math.floor(at / bin) + 0.5) * cell;
    const [reader, read] = [tokens[window.to + at], tokens[window.from + at]];
    const text = { type: 'text', fill: palette.ink, size, monospace: true } as const;
    if (reader) marks.push({ ...text, x: left - 6, y: top + middle + 4, text: short(reader), anchor: 'end' });
    if (read) marks.push({ ...text, x: left + middle + 2, y: top - 5, text: short(read), rotate: -60 });
  }
  return marks;
}

function short(token: PlacedToken): string {
  const text = [...visible(token)];
  return text.length > mostLetters ? `${text.slice(0, mostLetters - 1).join('')}…` : text.join('');
}
