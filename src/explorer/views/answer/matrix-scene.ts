/** An answer's matrix as a picture. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { contributionScale, inkOn } from '../../drawing/colour.ts';
import type { Palette } from '../../drawing/palette.ts';
import type { Mark, Scene } from '../../drawing/scene.ts';
import { lowered } from '../../drawing/stacked.ts';
import { wrapped } from '../../drawing/wrapped.ts';
import { percent, rounded } from '../../format/number.ts';
import { visible } from '../../format/token.ts';
import { labelStep } from '../heads/map-layout.ts';
import type { Scores, Written } from './figures.ts';
import { type MatrixCell, type MatrixLayout, matrixCells } from './matrix-layout.ts';
import { noteOf } from './shown.ts';
import { shareUnit } from './to-prompt.ts';

const size = 11;
const mostLetters = 10;
/** Of a cell, in CSS pixels, from which on its figure stands in it. */
const legible = { width: 37, height: 14 };

export interface MatrixDrawn {
  readonly written: Written<Scores>;
  /** Prompt and answer. */
  readonly text: readonly TokenPartsFragment[];
  readonly layout: MatrixLayout;
  readonly cells: ReadonlyMap<string, MatrixCell>;
  readonly unit: string;
  /** The end of the scale. */
  readonly largest: number;
  readonly palette: Palette;
}

export function matrixScene(drawn: MatrixDrawn): Scene {
  const { layout, palette } = drawn;
  return {
    width: layout.width,
    height: layout.height,
    background: palette.background,
    marks: [...pendingMarks(drawn), ...cellMarks(drawn), ...boundaryMarks(drawn), ...labelMarks(drawn)],
  };
}

function cellMarks({ layout, cells, unit, largest, palette }: MatrixDrawn): Mark[] {
  const { left, top, cellWidth, cellHeight } = layout;
  const gap = Math.min(cellWidth, cellHeight) >= 8 ? 1 : 0;
  const scale = contributionScale(palette, largest);
  return [...cells].flatMap(([place, { score }]) => {
    const [row = 0, column = 0] = place.split(' ').map(Number);
    const [x, y] = [left + column * cellWidth, top + row * cellHeight];
    const [width, height] = [cellWidth - gap, cellHeight - gap];
    const fill = scale(score);
    const drawn: Mark = { type: 'rect', x, y, width, height, fill };
    if (!gap) return [drawn];
    // Where there is room, its border tells a cell without a score from none.
    const back: Mark = { type: 'rect', x, y, width: cellWidth, height: cellHeight, fill: palette.faint };
    const figure: Mark = {
      type: 'text',
      x: x + cellWidth / 2,
      y: y + cellHeight / 2 + 3.5,
      text: noteOf({ unit }, score),
      fill: inkOn(fill, palette),
      size: size - 1,
      anchor: 'middle',
    };
    const hasRoom = cellWidth >= legible.width && cellHeight >= legible.height;
    return [back, { ...drawn, x: x + gap / 2, y: y + gap / 2 }, ...(hasRoom ? [figure] : [])];
  });
}

/** Rows that have not come yet, as long as they will be. */
function pendingMarks({ written: { prompt, answer, rows }, layout, palette }: MatrixDrawn): Mark[] {
  const { left, top, cellWidth, cellHeight, across, down } = layout;
  return answer.flatMap((_, index): Mark[] => {
    if (rows[index]) return [];
    const y = top + Math.floor(index / down) * cellHeight + 0.5;
    const width = Math.ceil((prompt.length + index) / across) * cellWidth;
    return [{ type: 'rect', x: left, y, width, height: cellHeight - 1, fill: palette.faint }];
  });
}

/** Where the prompt ends and the answer begins. */
function boundaryMarks({ written, layout, palette }: MatrixDrawn): Mark[] {
  const { left, top, cellWidth, across, columns, height } = layout;
  const x = left + (written.prompt.length / across) * cellWidth;
  const bottom = height - 4;
  const text = { type: 'text', y: bottom, size, fill: palette.muted } as const;
  const isRoom = (columns - written.prompt.length) / across > 1;
  return [
    { ...text, x: Math.min(x - 5, left + 60), text: '← prompt', anchor: 'end' as const },
    ...(isRoom ? [{ ...text, x: x + 5, text: 'answer →' } as const] : []),
    { type: 'rect', x: x - 0.75, y: top - 3, width: 1.5, height: bottom - top + 4, fill: palette.muted },
  ];
}

function labelMarks({ written, text, layout, palette }: MatrixDrawn): Mark[] {
  const { left, top, cellWidth, cellHeight, across, down, columns, rows } = layout;
  const [label, note] = [
    { type: 'text', fill: palette.ink, size, monospace: true } as const,
    { type: 'text', fill: palette.muted, size } as const,
  ];
  const marks: Mark[] = [
    { ...note, x: left - 8, y: size, text: 'gives →', anchor: 'end' },
    { ...note, x: left - 8, y: top - 8, text: 'answer ↓', anchor: 'end' },
  ];
  for (let row = 0; row < rows; row += labelStep(cellHeight, size + 1) * down) {
    const token = written.answer[row]?.token;
    const y = top + (Math.floor(row / down) + 0.5) * cellHeight + 4;
    if (token) marks.push({ ...label, x: left - 8, y, text: short(token), anchor: 'end' });
  }
  for (let column = 0; column < columns; column += labelStep(cellWidth, size + 2) * across) {
    const token = text[column];
    const x = left + (Math.floor(column / across) + 0.5) * cellWidth + 3;
    if (token) marks.push({ ...label, x, y: top - 6, text: short(token), rotate: -60 });
  }
  return marks;
}

/** To take along: with its title and its scale. */
export function matrixPicture({ title, ...drawn }: Omit<MatrixDrawn, 'cells'> & { readonly title: string }): Scene {
  const { layout, palette } = drawn;
  const cells = matrixCells(drawn.written.rows, layout);
  const lines = wrapped(title, Math.max(layout.width - 16, 300), 14);
  const [above, below] = [12 + lines.length * 19, 34];
  const width = Math.max(layout.width, 360);
  const y = above + layout.height + 8;
  return {
    width,
    height: above + layout.height + below,
    background: palette.background,
    marks: [
      ...lines.map(
        (line, at): Mark => ({
          type: 'text',
          x: 8,
          y: 20 + at * 19,
          text: line,
          fill: palette.ink,
          size: 14,
          weight: 'bold',
        }),
      ),
      ...matrixScene({ ...drawn, cells }).marks.map((mark) => lowered(mark, above)),
      ...legendMarks(drawn, y),
    ],
  };
}

/** @param y of its upper end */
function legendMarks({ unit, largest, palette }: Pick<MatrixDrawn, 'unit' | 'largest' | 'palette'>, y: number): Mark[] {
  const isShare = unit === shareUnit;
  const scale = contributionScale(palette, largest);
  const text = { type: 'text', y: y + 10, size: 12, fill: palette.muted } as const;
  const [least, most] = isShare
    ? ['0 %', `${percent(largest)} ${unit}`]
    : [`against −${rounded(largest)}`, `+${rounded(largest)} for, ${unit}`];
  return [
    { ...text, x: 104, text: least, anchor: 'end' },
    ...Array.from({ length: 41 }, (_, at): Mark => {
      const fill = scale(largest * (isShare ? at / 40 : (at - 20) / 20));
      return { type: 'rect', x: 110 + at * 3, y, width: 3.2, height: 11, fill };
    }),
    { ...text, x: 240, text: most },
  ];
}

function short(token: TokenPartsFragment): string {
  const letters = [...visible(token)];
  return letters.length > mostLetters ? `${letters.slice(0, mostLetters - 1).join('')}…` : letters.join('');
}
