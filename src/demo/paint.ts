/**
 * Colours and bars for the terminal. Where there are no colours (NO_COLOR, or no terminal) blocks of different heights
 * carry the figures. Colours are of the 256 that every terminal has.
 */
import { styleText } from 'node:util';

/** Whether the terminal shows colours, by its own word, NO_COLOR and FORCE_COLOR: `styleText` knows them all. */
const coloured = styleText('bold', 'x') !== 'x';
const heights = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const warm = [234, 52, 88, 124, 166, 208, 220];
const greens = [235, 22, 28, 34, 40, 46];
const reds = [235, 52, 88, 124, 160, 196];

export const bold = (text: string) => styleText('bold', text);
export const dim = (text: string) => styleText('dim', text);
export const good = (text: string) => styleText('green', text);
export const bad = (text: string) => styleText('red', text);

/** A token on a background as warm as its share; without colours a block as wide as the token. @param share 0…1 */
export function heat(text: string, share: number): string {
  return coloured ? onBackground(text, step(warm, share), share > 0.6) : step(heights, share).repeat(text.length);
}

/** A token on green if it speaks for the target, on red if against it. @param strength −1…1 */
export function shade(text: string, strength: number): string {
  if (!coloured) return text;
  return onBackground(text, step(strength < 0 ? reds : greens, Math.abs(strength)), Math.abs(strength) > 0.5);
}

/** A bar from the middle, to the right for positive values. @param strength −1…1 */
export function bar(strength: number, width: number): string {
  const size = Math.round(Math.min(1, Math.abs(strength)) * width);
  const filled = '█'.repeat(size);
  const empty = ' '.repeat(width - size);
  const nothing = ' '.repeat(width);
  return strength < 0 ? `${empty}${bad(filled)}│${nothing}` : `${nothing}│${good(filled)}${empty}`;
}

function onBackground(text: string, background: number, bright: boolean): string {
  return `\u001b[48;5;${background}m\u001b[38;5;${bright ? 16 : 255}m${text}\u001b[0m`;
}

/** Of a scale from 0 to 1. */
function step<Value>(scale: readonly Value[], value: number): Value {
  return scale[Math.round(Math.min(1, Math.max(0, value)) * (scale.length - 1))] as Value;
}
