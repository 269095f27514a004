/** Long texts where there is little room. */
import { lineBreak } from './token.ts';

/** On one line, without the middle where it is longer: how a prompt begins and how it ends tells it from others. */
export function shortened(text: string, longest: number): string {
  const characters = Array.from(text.replace(/\s*\n\s*/g, ` ${lineBreak} `).trim());
  if (characters.length <= longest) return characters.join('');
  const end = Math.floor((longest - 3) / 2);
  const beginning = longest - 3 - end;
  return `${characters.slice(0, beginning).join('').trimEnd()} … ${characters.slice(-end).join('').trimStart()}`;
}
