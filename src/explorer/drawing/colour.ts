/** Scales from figures to colours: see palette.ts for what each means. */
import { scaleLinear } from 'd3-scale';
import type { Palette } from './palette.ts';

export type ColourScale = (value: number) => string;

/** From against (−largest) over nothing (0) to for (largest). Symmetric; `largest` is a magnitude, and may be 0. */
export function contributionScale(palette: Palette, largest: number): ColourScale {
  const end = largest || 1;
  return scaleLinear<string>()
    .domain([-end, 0, end])
    .range([palette.negative, palette.background, palette.positive])
    .clamp(true);
}

/** From nothing (0) to all (`largest`) of one hue: an influence is never negative. */
export function influenceScale(palette: Palette, hue: string, largest = 1): ColourScale {
  return scaleLinear<string>()
    .domain([0, largest || 1])
    .range([palette.faint, hue])
    .clamp(true);
}

/** From 0 to 1, as a shade of grey behind text. */
export function probabilityScale(palette: Palette): ColourScale {
  return scaleLinear<string>().domain([0, 1]).range([palette.background, palette.likely]).clamp(true);
}

/** Text on a shade: of the palette's ink and its background the one that is read better; contrast at least 4.5. */
export function inkOn(shade: string, palette: Palette): string {
  const [black, white] = palette.theme === 'light' ? [palette.ink, '#ffffff'] : ['#0b0e11', palette.ink];
  return contrast(shade, black) >= contrast(shade, white) ? black : white;
}

/** From 1 to 21 (WCAG 2). */
export function contrast(one: string, other: string): number {
  const [brighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (brighter + 0.05) / (darker + 0.05);
}

/** @param colour `#rrggbb` or `rgb(r, g, b)` */
function luminance(colour: string): number {
  const channels = colour.startsWith('#')
    ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
    : (colour.match(/\d+(\.\d+)?/g) ?? []).map(Number);
  const [r = 0, g = 0, b = 0] = channels.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function largestOf(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}
