/** The shades of the followed tokens' shares. */
import { type ColourScale, influenceScale } from '../../drawing/colour.ts';
import { hueOf, type Palette } from '../../drawing/palette.ts';
import type { Followed } from './figures.ts';

/** Shades that a hue has: as many as can be told apart, made once. */
const steps = 100;
const known = new Map<string, readonly string[]>();

/**
 * From a share to the shade of the nth followed token. By the square root, for most shares are small; a share below 0, of
 * what points against the stream, has none.
 */
export function shareScale(palette: Palette, index: number): ColourScale {
  const key = `${palette.theme} ${index % palette.tracked.length}`;
  const shades = known.get(key) ?? makeShades(palette, index);
  known.set(key, shades);
  return (share) => shades[Math.round(Math.sqrt(Math.min(1, Math.max(0, share))) * steps)] as string;
}

function makeShades(palette: Palette, index: number): string[] {
  const scale = influenceScale(palette, hueOf(palette, index));
  return Array.from({ length: steps + 1 }, (_, step) => scale(step / steps));
}

/** Of a run of positions the share that is largest in magnitude, and where it is. */
export function largestShare(
  { share }: Followed,
  first: number,
  end: number,
): { readonly share: number; readonly position: number } {
  let position = first;
  for (let at = first + 1; at < end; at++) if (Math.abs(share[at] ?? 0) > Math.abs(share[position] ?? 0)) position = at;
  return { share: share[position] ?? 0, position };
}
