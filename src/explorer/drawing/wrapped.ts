/** Width of a character, of the size of its text: on the safe side for any font. */
const character = 0.6;

/** A text in lines for a picture, which does not break them itself. @param width of the lines, in CSS pixels as the size */
export function wrapped(text: string, width: number, size: number): string[] {
  const most = Math.max(10, Math.floor(width / (size * character)));
  const lines: string[] = [];
  for (const word of text.trim().split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
