/** Bytes of a text, as the characters that they belong to. */

/** Characters of a text from `start` on, before `end`; in UTF-16 units. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Where pieces stand that follow on each other in a text. One with a part of a character has the whole of it.
 * @param lengths bytes of UTF-8 of each @param before bytes of the first ones that stand before the text
 */
export function placesOf(text: string, lengths: readonly number[], before: number): TextSpan[] {
  const { starts, ends } = charactersOf(text);
  let next = -before;
  return lengths.map((length) => {
    const first = Math.max(next, 0);
    next += length;
    const start = starts[first] ?? text.length;
    return { start, end: next > first ? (ends[next - 1] as number) : start };
  });
}

/** Where the character begins, and ends, that each byte belongs to. */
function charactersOf(text: string): { readonly starts: Uint32Array; readonly ends: Uint32Array } {
  const length = Buffer.byteLength(text);
  const [starts, ends] = [new Uint32Array(length), new Uint32Array(length)];
  let [byte, place] = [0, 0];
  for (const character of text) {
    const next = byte + Buffer.byteLength(character);
    starts.fill(place, byte, next);
    place += character.length;
    ends.fill(place, byte, next);
    byte = next;
  }
  return { starts, ends };
}
