/** How vocabularies write bytes: as printable characters (byte level), or as pieces of their own (byte fallback). */

/** [256]: printable Latin-1 characters stand for themselves, the other bytes for U+0100 and on, in order. */
let next = 0x100;
export const characterOfByte = Array.from({ length: 256 }, (_, byte) => {
  const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  return String.fromCharCode(printable ? byte : next++);
});

/** Byte-level BPE (GPT-2): one printable character for each byte, its own where it has one. */
export function byteLevelPiece(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => characterOfByte[byte]).join('');
}

/** The piece that stands for one byte where a vocabulary falls back to bytes. */
export function bytePiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** Ids of the pieces that stand for a text's bytes; undefined where the vocabulary lacks one of them. */
export function bytePieces(text: string, vocabulary: ReadonlyMap<string, number>): number[] | undefined {
  const ids = Array.from(new TextEncoder().encode(text), (byte) => vocabulary.get(bytePiece(byte)));
  return ids.includes(undefined) ? undefined : (ids as number[]);
}
