/** Long texts where there is little room. */
import { lineBreak, plain } from './token.ts';

/** On one line, without the middle where it is longer: how a prompt begins and how it ends tells it from others. */
export function shortened(text: string, longest: number): string {
  const characters = Array.from(plain(text.replace(/\s*\n\s*/g, ` ${lineBreak} `).trim()));
  if (characters.length <= longest) return characters.join('');
  const end = Math.floor((longest - 3) / 2);
  const beginning = characters.slice(0, longest - 3 - end).join('');
  return `${wholeWords(beginning, /\s\S*$/)} … ${wholeWords(characters.slice(-end).join(''), /^\S*\s/)}`;
}

/** Without the part of a word at its cut end, as long as that is not most of it. */
function wholeWords(text: string, part: RegExp): string {
  const whole = text.replace(part, '').trim();
  return whole.length > text.length / 2 ? whole : text.trim();
}
