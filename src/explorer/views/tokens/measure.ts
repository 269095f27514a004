/** Which figures of the tokens are shown: their scores, or their shares of all; and whether as bars too. */
import { signal } from '@preact/signals';
import { type ColourScale, contributionScale, influenceScale, largestOf } from '../../drawing/colour.ts';
import type { Palette } from '../../drawing/palette.ts';
import { percent, rounded, signed } from '../../format/number.ts';
import { exactly, ofAttention } from './wording.ts';

export type Measure = 'score' | 'share' | 'textShare';

export const measure = signal<Measure>('score');

/** Whether tokens are shown as bars too. */
export const barsOpen = signal(false);

export const measures: Readonly<Record<Measure, string>> = {
  score: 'Scores',
  share: 'Shares of all',
  textShare: 'Without special tokens',
};

/** One figure a token, in order, and the end of the scale on which they are drawn. */
export interface Figures {
  readonly measure: Measure;
  readonly unit: string;
  /** Null: has none, as a special token where those are left out. */
  readonly values: readonly (number | null)[];
  readonly largest: number;
}

export interface StripRow {
  /** Whose figures: `Frozen`. Said where there are several rows. */
  readonly label: string;
  /** Undefined as long as they are not known. */
  readonly figures: Figures | undefined;
  /** Differences are no contributions: they have no colour. */
  readonly plain?: boolean;
}

/** As `LogitAttribution.tokens` has them. */
export interface Share {
  readonly share: number | null;
  readonly textShare: number | null;
}

/** @param largest magnitude of the answer: `LiveAttribution.largest` */
export function scoresOf(tokens: readonly { readonly score: number }[], unit: string, largest: number): Figures {
  return { measure: 'score', unit, values: tokens.map(({ score }) => score), largest };
}

export function sharesOf(shares: readonly Share[], which: 'share' | 'textShare', unit: string): Figures {
  const values = shares.map((share) => share[which]);
  return { measure: which, unit, values, largest: largestOf(values.map((value) => value ?? 0)) };
}

/** Contributions from against to for; attention, which is none and never negative, in grey. */
export function shadesOf({ unit, largest }: Figures, palette: Palette): ColourScale {
  return unit === ofAttention ? influenceScale(palette, palette.muted, largest) : contributionScale(palette, largest);
}

/** Three digits, without the unit: `+17.4`, `−36 %`, `–` where there is none. */
export function written({ measure: which, unit }: Pick<Figures, 'measure' | 'unit'>, value: number | null): string {
  if (value === null) return '–';
  const isShare = which !== 'score';
  if (isShare) return `${value >= 0.001 && unit !== ofAttention ? '+' : ''}${percent(value)}`;
  return unit === ofAttention ? rounded(value) : signed(value);
}

/** All digits and the unit, for titles: `score +17.41423797607422 logits`; why there is none, where there is none. */
export function titled({ measure: which, unit, values }: Figures, value: number | null): string {
  const name = which === 'score' ? 'score' : which === 'share' ? 'share' : 'share without special tokens';
  if (value !== null) return `${name} ${exactly(value, unit)}${which === 'score' ? ` ${unit}` : ''}`;
  const isLeftOut = values.some((other) => other !== null);
  return `${name}: none, for ${isLeftOut ? 'it is a special token' : 'all scores are 0, or it is not known which tokens are special'}`;
}

/** What the figures are counted in, at a scale. */
export function unitName({ measure: which, unit }: Pick<Figures, 'measure' | 'unit'>): string {
  return which === 'score' ? unit : which === 'share' ? 'of all tokens’ magnitude' : 'of all text tokens’ magnitude';
}
