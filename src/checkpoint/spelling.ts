/** How a vocabulary spells text: its pieces write bytes, or spaces, as other characters. */
import { byteLevelPiece, bytePiece, characterOfByte } from './tokenization/bytes.ts';
import { partsOf } from './tokenization/part.ts';
import type { TokenizerJson } from './tokenizer-json.ts';

export interface Spelling {
  /** The text of one piece, spaces and all; U+FFFD stands for bytes that are no whole character. */
  text(piece: string): string;
  /** The text of several in a row: of a character that is cut into bytes, the character. */
  join(pieces: readonly string[]): string;
  /** How many bytes of UTF-8 a piece stands for. */
  byteLength(piece: string): number;
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
  const text = (piece: string) => {
    const found = Array.from(piece, (character) => bytes.get(character));
    return found.includes(undefined) ? piece : decode(found as number[]);
  };
  const isSpelled = (piece: string) => Array.from(piece).every((character) => bytes.has(character));
  return {
    spellsAdded: false,
    text,
    join: (pieces) => runsOf(pieces, isSpelled, (run) => text(run.join('')), text),
    byteLength: (piece) => (isSpelled(piece) ? Array.from(piece).length : Buffer.byteLength(piece)),
    pieces: (text) => [byteLevelPiece(text)],
  };
}

/** SentencePiece: `▁` for a space; with byte fallback, `<0xE2>` for a byte. */
export function sentencePiece({ space, byteFallback }: { space: string; byteFallback: boolean }): Spelling {
  const byteIn = (piece: string) => (byteFallback ? byteOf(piece) : undefined);
  const text = (piece: string) => {
    const byte = byteIn(piece);
    return byte === undefined ? piece.replaceAll(space, ' ') : decode([byte]);
  };
  const isByte = (piece: string) => byteIn(piece) !== undefined;
  return {
    spellsAdded: true,
    text,
    join: (pieces) => runsOf(pieces, isByte, (run) => decode(run.map((piece) => byteIn(piece) as number)), text),
    byteLength: (piece) => (isByte(piece) ? 1 : Buffer.byteLength(text(piece))),
    pieces: (text) => [text.replaceAll(' ', space), ...(byteFallback ? [bytePiece(text.charCodeAt(0))] : [])],
  };
}

/** Pieces with a mark that says whether a word goes on (`##ing`) or ends (`ing</w>`). */
export function marked({ prefix, suffix }: { prefix: string; suffix: string }): Spelling {
  const goesOn = (piece: string) => prefix !== '' && piece.startsWith(prefix);
  const text = (piece: string) => {
    if (goesOn(piece)) return piece.slice(prefix.length);
    return suffix !== '' && piece.endsWith(suffix) ? `${piece.slice(0, -suffix.length)} ` : piece;
  };
  return {
    spellsAdded: false,
    text,
    join: (pieces) =>
      pieces.map((piece, place) => `${prefix !== '' && place > 0 && !goesOn(piece) ? ' ' : ''}${text(piece)}`).join(''),
    byteLength: (piece) => Buffer.byteLength(text(piece)),
    pieces: (text) => [text, `${prefix}${text}`, `${text.replace(/ $/, '')}${suffix}`],
  };
}

/** Pieces as text: neighbours of one kind together, the others each by itself. */
function runsOf(
  pieces: readonly string[],
  isKind: (piece: string) => boolean,
  together: (run: readonly string[]) => string,
  alone: (piece: string) => string,
): string {
  let text = '';
  let run: string[] = [];
  const end = () => {
    if (run.length > 0) text += together(run);
    run = [];
  };
  for (const piece of pieces) {
    if (isKind(piece)) run.push(piece);
    else {
      end();
      text += alone(piece);
    }
  }
  end();
  return text;
}

function byteOf(piece: string): number | undefined {
  const digits = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

function decode(bytes: readonly number[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
