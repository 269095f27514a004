/** SentencePiece's compiled normalization: a trie of what is replaced (a double array, as Darts has it), and of by what. */
import type { Normalizer } from './part.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** @throws Error for bytes that hold no such map */
export function characterMap(bytes: Buffer): Normalizer {
  const size = bytes.length >= 4 ? bytes.readUInt32LE(0) : Number.POSITIVE_INFINITY;
  if (4 + size > bytes.length || size % 4 !== 0) throw new Error('the compiled normalization is cut short');
  const units = Uint32Array.from({ length: size / 4 }, (_, index) => bytes.readUInt32LE(4 + 4 * index));
  const replacements = bytes.subarray(4 + size);

  const replacement = (part: string): string | undefined => {
    const start = shortestPrefix(units, Buffer.from(part));
    return start === undefined ? undefined : replacements.toString('utf8', start, replacements.indexOf(0, start));
  };
  return (text) =>
    Array.from(graphemes.segment(text), ({ segment }) => {
      // A grapheme that begins with something to replace is replaced as a whole: the reference does so too.
      const whole = Buffer.byteLength(segment) < 6 ? replacement(segment) : undefined;
      return whole ?? Array.from(segment, (character) => replacement(character) ?? character).join('');
    }).join('');
}

/** The value of the shortest key that the bytes begin with. */
function shortestPrefix(units: Uint32Array, bytes: Uint8Array): number | undefined {
  const unit = (at: number): number => units[at] ?? 0;
  const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let at = offset(unit(0));
  for (const byte of bytes) {
    if (byte === 0) return undefined;
    at ^= byte;
    const node = unit(at);
    if ((node & 0x800000ff) >>> 0 !== byte) return undefined;
    at ^= offset(node);
    if ((node & 0x100) !== 0) return unit(at) & 0x7fffffff;
  }
  return undefined;
}
