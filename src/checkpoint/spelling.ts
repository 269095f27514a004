/** How a vocabulary spells text: its pieces write bytes, or spaces, as other characters. */
import { partsOf } from './tokenization/part.ts';
import type { TokenizerJson } from './tokenizer-json.ts';

/** [256]: printable Latin-1 characters stand for themselves, the other bytes for U+0100 and on, in order. */
let next = 0x100;
const characterOfByte = Array.from({ length: 256 }, (_, byte) => {
  const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  return String.fromCharCode(printable ? byte : next++);
});

export interface Spelling {
  /** The text of one piece, spaces and all; U+FFFD stands for bytes that are no whole character. */
  text(piece: string): string;
  /** Pieces that would have this text, whether or not they are in the vocabulary; the likeliest first. */
  pieces(text: string): readonly string[];
  /** Whether tokens that were added to the vocabulary, other than special ones, are spelled so too. */
  readonly spellsAdded: boolean;
}

/** The spelling that a tokenizer's decoder undoes, or else the one that its pre-tokenizer makes. */
export function spellingOf({ decoder, pre_tokenizer, model }: TokenizerJson): Spelling {
  const parts = [...partsOf(decoder), ...partsOf(pre_tokenizer)];
  for (const { type, replacement, pattern, content, prefix, suffix } of parts) {
    const byteFallback = model.type !== 'WordPiece' && model.byte_fallback === true;
    const replaced = content === ' ' ? (pattern as { String?: string } | undefined)?.String : undefined;
    if (type === 'ByteLevel') return byteLevel();
    if (type === 'Metaspace') return sentencePiece({ space: String(replacement ?? '▁'), byteFallback });
    if (type === 'Replace' && replaced) return sentencePiece({ space: replaced, byteFallback });
    if (type === 'WordPiece') return marked({ prefix: String(prefix ?? '##'), suffix: '' });
    if (type === 'BPEDecoder') return marked({ prefix: '', suffix: String(suffix ?? '</w>') });
  }
  return marked({ prefix: '', suffix: '' });
}

/** Byte-level BPE (GPT-2): one printable character for each byte, its own where it has one. */
export function byteLevel(): Spelling {
  const bytes = new Map(characterOfByte.map((character, byte) => [character, byte]));
  return {
    spellsAdded: false,
    text(piece) {
      const found = Array.from(piece, (character) => bytes.get(character));
      return found.includes(undefined) ? piece : decode(found as number[]);
    },
    pieces: (text) => [byteLevelPiece(text)],
  };
}

export function byteLevelPiece(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => characterOfByte[byte]).join('');
}

/** SentencePiece: `▁` for a space; with byte fallback, `<0xE2>` for a byte. */
export function sentencePiece({ space, byteFallback }: { space: string; byteFallback: boolean }): Spelling {
  return {
    spellsAdded: true,
    text(piece) {
      const byte = byteFallback ? byteOf(piece) : undefined;
      return byte === undefined ? piece.replaceAll(space, ' ') : decode([byte]);
    },
    pieces: (text) => [text.replaceAll(' ', space), ...(byteFallback ? [bytePiece(text.charCodeAt(0))] : [])],
  };
}

/** Pieces with a mark that says whether a word goes on (`##ing`) or ends (`ing</w>`). */
export function marked({ prefix, suffix }: { prefix: string; suffix: string }): Spelling {
  return {
    spellsAdded: false,
    text(piece) {
      if (prefix !== '' && piece.startsWith(prefix)) return piece.slice(prefix.length);
      return suffix !== '' && piece.endsWith(suffix) ? `${piece.slice(0, -suffix.length)} ` : piece;
    },
    pieces: (text) => [text, `${prefix}${text}`, `${text.replace(/ $/, '')}${suffix}`],
  };
}

/** The piece that stands for one byte where a vocabulary falls back to bytes. */
function bytePiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** Ids of the pieces that stand for a text's bytes; undefined where the vocabulary lacks one of them. */
export function bytePieces(text: string, vocabulary: ReadonlyMap<string, number>): number[] | undefined {
  const ids = Array.from(new TextEncoder().encode(text), (byte) => vocabulary.get(bytePiece(byte)));
  return ids.includes(undefined) ? undefined : (ids as number[]);
}

function byteOf(piece: string): number | undefined {
  const digits = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

function decode(bytes: readonly number[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
