/** Scales from figures to colours: see palette.ts for what each means. */
import type { Palette } from './palette.ts';

/** @returns `rgb(r, g, b)` */
export type ColourScale = (value: number) => string;

/** From against (−largest) over nothing (0) to for (largest). Symmetric; `largest` is a magnitude, and may be 0. */
export function contributionScale({ negative, background, positive }: Palette, largest: number): ColourScale {
  const [against, speaking] = [mixture(background, negative), mixture(background, positive)];
  const end = largest || 1;
  return (value) => (value < 0 ? against(-value / end) : speaking(value / end));
}

/** From nothing (0) to all (`largest`) of one hue: an influence is never negative. */
export function influenceScale({ faint }: Palette, hue: string, largest = 1): ColourScale {
  const mixed = mixture(faint, hue);
  return (value) => mixed(value / (largest || 1));
}

/** From 0 to 1, as a shade of grey behind text. */
export function probabilityScale({ background, likely }: Palette): ColourScale {
  return mixture(background, likely);
}

/** From one colour (0) to another (1). */
function mixture(one: string, other: string): ColourScale {
  const [from, to] = [channelsOf(one), channelsOf(other)];
  return (share) => {
    const part = Math.min(1, Math.max(0, share));
    return `rgb(${from.map((channel, at) => Math.round(channel + part * ((to[at] ?? 0) - channel))).join(', ')})`;
  };
}

/** Text on a shade: the palette's ink where it is read well, else black or white; contrast at least 4.5 on any shade. */
export function inkOn(shade: string, { ink }: Palette): string {
  if (contrast(shade, ink) >= 4.5) return ink;
  return contrast(shade, '#000000') >= contrast(shade, '#ffffff') ? '#000000' : '#ffffff';
}

/** From 1 to 21 (WCAG 2). */
export function contrast(one: string, other: string): number {
  const [brighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (brighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = channelsOf(colour).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param colour `#rrggbb` or `rgb(r, g, b)` */
function channelsOf(colour: string): number[] {
  return colour.startsWith('#')
    ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
    : (colour.match(/\d+(\.\d+)?/g) ?? []).map(Number);
}

export function largestOf(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}
