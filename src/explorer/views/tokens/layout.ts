/** Where tokens stand in a strip: line by line, as text does; a line break in a token ends its line. */
import { type ShownToken, visible } from '../../format/token.ts';

/** What a strip draws, in order: a token, or what is predicted after one. */
export interface Item {
  /** Undefined: the prediction. */
  readonly position: number | undefined;
  readonly text: string;
  /** What stands under it, each on a line of its own. */
  readonly notes: readonly string[];
  readonly endsLine: boolean;
}

export interface Placed extends Item {
  readonly x: number;
  readonly width: number;
}

export type Line = readonly Placed[];

/** Lengths in CSS pixels. */
export interface Size {
  /** Of tokens. */
  readonly text: number;
  /** Of figures. */
  readonly note: number;
}

/** Beyond it figures are shown on hover alone. */
export const mostWithNotes = 120;

export const gap = 3;
/** With its border. */
const padding = 5;

export function sizeFor(tokens: number): Size {
  return tokens > mostWithNotes ? { text: 12, note: 10 } : { text: 14, note: 11 };
}

/** @param notes of each token; the prediction comes after the token at `predicts` */
export function itemsOf(
  tokens: readonly ShownToken[],
  notes: readonly (readonly string[])[],
  { predicts, text, note }: { readonly predicts: number; readonly text: string; readonly note: string },
): Item[] {
  const items = tokens.map<Item>((token, position) => ({
    position,
    text: visible(token),
    notes: notes[position] ?? [],
    endsLine: !token.special && token.text.includes('\n') && position !== predicts,
  }));
  const prediction = { position: undefined, text, notes: [note], endsLine: predicts < tokens.length - 1 };
  return items.toSpliced(predicts + 1, 0, prediction);
}

export function linesOf(items: readonly Item[], width: number, size: Size): Line[] {
  const lines: Placed[][] = [[]];
  let x = 0;
  for (const item of items) {
    const own = widthOf(item, size);
    if (x > 0 && x + own > width) {
      lines.push([]);
      x = 0;
    }
    lines.at(-1)?.push({ ...item, x, width: own });
    x += own + gap;
    if (item.endsLine) {
      lines.push([]);
      x = 0;
    }
  }
  return lines.filter((line) => line.length > 0);
}

/** The nearest one in the line above (−1) or below (1). */
export function neighbour(lines: readonly Line[], position: number, step: -1 | 1): number {
  const at = lines.findIndex((line) => line.some((placed) => placed.position === position));
  const from = lines[at]?.find((placed) => placed.position === position);
  const tokens = (lines[at + step] ?? []).filter((placed) => placed.position !== undefined);
  if (!from || tokens.length === 0) return position;
  const distance = (placed: Placed) => Math.abs(placed.x + placed.width / 2 - from.x - from.width / 2);
  return tokens.reduce((best, placed) => (distance(placed) < distance(best) ? placed : best)).position ?? position;
}

function widthOf({ text, notes }: Item, size: Size): number {
  const longest = Math.max(0, ...notes.map((note) => columns(note)));
  return Math.ceil(Math.max(columns(text) * size.text * 0.603, longest * size.note * 0.65) + 2 * padding);
}

/** Characters of the East take two. */
function columns(text: string): number {
  const wide = text.match(
    /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Extended_Pictographic}]/gu,
  );
  return [...text].length + (wide?.length ?? 0);
}
