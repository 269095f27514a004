/** A replay goes on as the blocks did, slower. */
import type { Depth } from './figures.ts';

/** Milliseconds for all blocks: what eyes can follow. */
const shortest = 2400;
const longest = 9000;
/** Of a block that took no time to speak of, so that it is seen. */
const least = 60;

/** Milliseconds that each block stays the last one, in proportion to what it took. */
export function pauses(depths: readonly Depth[]): { readonly pauses: readonly number[]; readonly slowed: number } {
  const whole = depths.reduce((sum, { elapsed }) => sum + elapsed, 0);
  if (whole === 0) return { pauses: depths.map(() => shortest / depths.length), slowed: 1 };
  const lasting = Math.min(longest, Math.max(shortest, whole, depths.length * 100));
  const slowed = lasting / whole;
  return { pauses: depths.map(({ elapsed }) => Math.max(least, elapsed * slowed)), slowed };
}
