/** How a vocabulary spells text: its pieces write bytes, or spaces, as other characters. */
import { byteLevelPiece, bytePiece, characterOfByte } from './tokenization/bytes.ts';
import { partsOf } from './tokenization/part.ts';
import type { TokenizerJson } from './tokenizer-json.ts';

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

function byteOf(piece: string): number | undefined {
  const digits = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

function decode(bytes: readonly number[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
