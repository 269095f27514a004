/** Which figure of a token is shown: its score, or its share of all. */
import { signal } from '@preact/signals';
import { largestOf } from '../../drawing/colour.ts';
import { exact, percent, rounded, signed } from '../../format/number.ts';
import type { Unit } from './wording.ts';

export type Measure = 'score' | 'share' | 'textShare';

export const measure = signal<Measure>('score');

export const measures: readonly { readonly name: Measure; readonly title: string }[] = [
  { name: 'score', title: 'Scores' },
  { name: 'share', title: 'Shares of all' },
  { name: 'textShare', title: 'Without special tokens' },
];

/** One figure a token, in order, and the end of the scale on which they are drawn. */
export interface Figures {
  readonly measure: Measure;
  readonly unit: Unit;
  /** Null: has none, as a special token where those are left out. */
  readonly values: readonly (number | null)[];
  readonly largest: number;
}

/** As `LogitAttribution.tokens` has them. */
export interface Share {
  readonly share: number | null;
  readonly textShare: number | null;
}

/** @param largest magnitude of the answer: `LiveAttribution.largest` */
export function scoresOf(tokens: readonly { readonly score: number }[], unit: Unit, largest: number): Figures {
  return { measure: 'score', unit, values: tokens.map(({ score }) => score), largest };
}

export function sharesOf(shares: readonly Share[], which: 'share' | 'textShare', unit: Unit): Figures {
  const values = shares.map((share) => share[which]);
  return { measure: which, unit, values, largest: largestOf(values.map((value) => value ?? 0)) };
}

/** Three digits, without the unit: `+17.4`, `−36 %`, `–` where there is none. */
export function written({ measure: which, unit }: Pick<Figures, 'measure' | 'unit'>, value: number | null): string {
  if (value === null) return '–';
  const isShare = which !== 'score';
  if (isShare) return `${value >= 0.001 && unit !== 'of the attention' ? '+' : ''}${percent(value)}`;
  return unit === 'of the attention' ? rounded(value) : signed(value);
}

/** All digits and the unit, for titles: `score +17.41423797607422 logits`. */
export function titled({ measure: which, unit }: Pick<Figures, 'measure' | 'unit'>, value: number | null): string {
  const name = which === 'score' ? 'score' : which === 'share' ? 'share' : 'share without special tokens';
  if (value === null) return `${name}: none`;
  const sign = value > 0 && unit !== 'of the attention' ? '+' : '';
  return `${name} ${sign}${exact(value)}${which === 'score' ? ` ${unit}` : ''}`;
}

/** What the figures are counted in, at a scale. */
export function unitName({ measure: which, unit }: Pick<Figures, 'measure' | 'unit'>): string {
  return which === 'score' ? unit : which === 'share' ? 'of all tokens’ magnitude' : 'of all text tokens’ magnitude';
}
