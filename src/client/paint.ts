/** Colours and bars for the terminal. Without colours (NO_COLOR, or no terminal) the bars alone carry the figures. */
import { stripVTControlCharacters, styleText } from 'node:util';

const coloured = process.stdout.isTTY === true && !process.env.NO_COLOR;
const levels = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** One character a value, of the height that it has among 0…most. */
export function heat(values: readonly number[], most: number): string {
  return values
    .map((value) => levels[Math.round(Math.min(1, Math.abs(value) / most) * (levels.length - 1))] ?? ' ')
    .join(' ');
}

export function bold(text: string): string {
  return coloured ? styleText('bold', text) : text;
}

export function dim(text: string): string {
  return coloured ? styleText('dim', text) : text;
}

export function good(text: string): string {
  return coloured ? styleText('green', text) : text;
}

export function bad(text: string): string {
  return coloured ? styleText('red', text) : text;
}

/** A token on a background as strong as its score: green for, red against. @param strength −1…1 */
export function shade(text: string, strength: number): string {
  if (!coloured) return text;
  const tint = Math.round(Math.min(1, Math.abs(strength)) * 160);
  const [red, green] = strength < 0 ? [60 + tint, 40] : [40, 60 + tint];
  return `\u001b[48;2;${red};${green};40m\u001b[97m${text}\u001b[0m`;
}

/** A bar from the middle, to the right for positive values. @param strength −1…1 */
export function bar(strength: number, width: number): string {
  const size = Math.round(Math.min(1, Math.abs(strength)) * width);
  const left = strength < 0 ? bad('█'.repeat(size)) : '';
  const right = strength > 0 ? good('█'.repeat(size)) : '';
  return `${' '.repeat(width - stripVTControlCharacters(left).length)}${left}│${right}${' '.repeat(width - stripVTControlCharacters(right).length)}`;
}
