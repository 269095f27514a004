/** Where the text of a slot stands in a prompt. */
import type { LaidText } from '../../explain/groups/laid-text.ts';

/**
 * Positions of the tokens that the text makes, wherever it stands as words of its own: "Ann" is not in "Anna". A token that has
 * more than that in it, such as the space before, is one of them.
 */
export function positionsOfText({ text, begins, special }: LaidText, value: string): number[] {
  const sought = value.trim();
  const positions: number[] = [];
  if (sought === '') return positions;
  let position = 0;
  for (let from = text.indexOf(sought); from !== -1; from = text.indexOf(sought, from + sought.length)) {
    const to = from + sought.length;
    if (continues(text, from) || continues(text, to)) continue;
    while ((begins[position + 1] ?? to) <= from) position++;
    for (; position < special.length && (begins[position] ?? to) < to; position++)
      if (!special[position] && begins[position] !== begins[position + 1]) positions.push(position);
  }
  return positions;
}

const ofWords = /[\p{L}\p{N}]/u;

/** Does a word go on from before this place to behind it? */
function continues(text: string, place: number): boolean {
  return ofWords.test(text[place - 1] ?? '') && ofWords.test(text[place] ?? '');
}
