/** The strip as a picture to take along: with its title, its scale, its sums and whether they add up. */

import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { inkOn } from '../../drawing/colour.ts';
import { hueOf, type Palette } from '../../drawing/palette.ts';
import type { Mark, Scene } from '../../drawing/scene.ts';
import { wrapped } from '../../drawing/wrapped.ts';
import { methodName } from '../../format/method.ts';
import type { Answer } from './answer.ts';
import { sumLine, verdict } from './audit.ts';
import { gap, itemsOf, linesOf, mostWithNotes, type Placed, type Size, sizeFor } from './layout.ts';
import { type StripRow, shadesOf, unitName, written } from './measure.ts';
import type { Prediction } from './prediction.ts';
import { ofAttention } from './wording.ts';

export interface Pictured {
  readonly title: string;
  readonly tokens: readonly TokenPartsFragment[];
  /** Of one answer, or of two with their difference. */
  readonly rows: readonly StripRow[];
  readonly prediction: Prediction;
  readonly answers: readonly Answer[];
  readonly tracked: readonly number[];
}

const [margin, gutter] = [16, 140];

export function tokensPicture(pictured: Pictured, palette: Palette): Scene {
  const { title, tokens, rows, prediction, answers, tracked } = pictured;
  const isPair = rows.length > 1;
  const width = isPair ? 1160 : 1020;
  const size = sizeFor(tokens.length);
  const notes = tokens.map((_, position) =>
    tokens.length > mostWithNotes
      ? rows.map(() => '')
      : rows.map(({ figures }) => (figures ? written(figures, figures.values[position] ?? null) : '')),
  );
  const items = itemsOf(tokens, notes, { predicts: prediction.position, text: prediction.text, note: prediction.note });
  const left = margin + (isPair ? gutter : 0);
  const lines = linesOf(items, width - left - margin, size);
  const [tall, low] = [size.text + 10, size.note + 5];
  const marks: Mark[] = wrapped(title, width - 2 * margin, 15).map((text, at) => ({
    type: 'text',
    x: margin,
    y: 30 + at * 20,
    text,
    fill: palette.ink,
    size: 15,
    weight: 'bold',
  }));
  let y = 22 + marks.length * 20;
  const [first] = rows;
  if (first?.figures) {
    marks.push(...scaleMarks(first, y, palette));
    y += 28;
  }
  for (const line of lines) {
    if (isPair && line.some(({ position }) => position !== undefined))
      marks.push(
        ...rows.map<Mark>(({ label }, row) => ({
          type: 'text',
          x: margin,
          y: y + tall + (row + 1) * low - 4,
          text: label,
          fill: palette.muted,
          size: size.note,
        })),
      );
    for (const placed of line) marks.push(...cellMarks(placed, { x: left, y, tall, low, size }, pictured, palette));
    for (const placed of line) {
      const hue = placed.position === undefined ? -1 : tracked.indexOf(placed.position);
      if (hue >= 0)
        marks.push({
          type: 'rect',
          x: left + placed.x,
          y: y + tall - 3,
          width: placed.width,
          height: 3,
          fill: hueOf(palette, hue),
        });
    }
    y += tall + rows.length * low + 2 * gap;
  }
  for (const answer of answers) {
    const { state, sentence, meaning } = verdict(answer);
    const name = isPair ? `${methodName(answer.method)}: ` : '';
    const colour = { passed: palette.passed, failed: palette.negative, inexact: palette.muted }[state];
    for (const text of [`${name}${sumLine(answer)}`, ...wrapped(`${sentence} ${meaning}`, width - 2 * margin, 12)]) {
      y += 17;
      marks.push({ type: 'text', x: margin, y, text, fill: colour, size: 12 });
    }
    y += 6;
  }
  return { width, height: y + margin, background: palette.background, marks };
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly tall: number;
  readonly low: number;
  readonly size: Size;
}

function cellMarks(
  placed: Placed,
  { x, y, tall, low, size }: Place,
  { rows, prediction }: Pictured,
  palette: Palette,
): Mark[] {
  const { position, text, notes, width } = placed;
  const [at, middle] = [x + placed.x, x + placed.x + width / 2];
  if (position === undefined)
    return [
      {
        type: 'text',
        x: at + 4,
        y: y + tall - 7,
        text,
        fill: palette.ink,
        size: size.text,
        monospace: true,
        weight: 'bold',
      },
      { type: 'text', x: at + 4, y: y + tall + low - 4, text: notes[0] ?? '', fill: palette.muted, size: size.note },
    ];
  const isRead = position <= prediction.position;
  const [own] = rows;
  const shade = (row: StripRow | undefined) => {
    const value = row?.figures?.values[position];
    return row?.figures && typeof value === 'number' && isRead
      ? shadesOf(row.figures, palette)(value)
      : palette.background;
  };
  const behind = rows.length > 1 ? palette.background : shade(own);
  return [
    { type: 'rect', x: at, y, width, height: tall, fill: behind, stroke: palette.line },
    {
      type: 'text',
      x: middle,
      y: y + tall - 7,
      text,
      fill: isRead ? inkOn(behind, palette) : palette.muted,
      size: size.text,
      monospace: true,
      anchor: 'middle',
    },
    ...(isRead ? rows : []).flatMap<Mark>((row, index) => {
      const under = rows.length > 1 && !row.plain ? shade(row) : palette.background;
      return [
        { type: 'rect', x: at, y: y + tall + index * low, width, height: low - 1, fill: under },
        {
          type: 'text',
          x: middle,
          y: y + tall + (index + 1) * low - 4,
          text: notes[index] ?? '',
          fill: inkOn(under, palette),
          size: size.note,
          anchor: 'middle',
        },
      ];
    }),
  ];
}

/** The scale, in steps, between its labelled ends. */
function scaleMarks({ figures }: StripRow, y: number, palette: Palette): Mark[] {
  if (!figures) return [];
  const isSigned = figures.unit !== ofAttention;
  const [from, steps, step] = [isSigned ? -1 : 0, 41, 3];
  const colour = shadesOf(figures, palette);
  const before = isSigned ? `against ${written(figures, -figures.largest)}` : '0';
  const after = `${written(figures, figures.largest)} ${isSigned ? 'for, ' : ''}${unitName(figures)}`;
  const x = margin + before.length * 6.2 + 8;
  return [
    { type: 'text', x: margin, y: y + 11, text: before, fill: palette.muted, size: 12 },
    ...Array.from(
      { length: steps },
      (_, at): Mark => ({
        type: 'rect',
        x: x + at * step,
        y: y + 1,
        width: step,
        height: 11,
        fill: colour(figures.largest * (from + ((1 - from) * at) / (steps - 1))),
      }),
    ),
    { type: 'rect', x, y: y + 1, width: steps * step, height: 11, stroke: palette.line },
    { type: 'text', x: x + steps * step + 8, y: y + 11, text: after, fill: palette.muted, size: 12 },
  ];
}
