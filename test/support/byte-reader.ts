/** For tests: tokens that are any bytes, and marks, read as a byte-level tokenizer reads them. */
import type { LaidText, TextReader } from '../../src/explain/groups/laid-text.ts';
import { layText } from '../../src/explain/groups/laid-text.ts';

/** A token: its bytes, or the name of a special one. */
export type ByteToken = Uint8Array | { readonly special: string };

export function byteReader(tokens: readonly ByteToken[]): TextReader {
  const decode = (some: readonly ByteToken[]) =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      Buffer.concat(some.filter((token) => token instanceof Uint8Array)),
    );
  const named = (id: number) => tokens[id] as ByteToken;
  return {
    token: (id) => {
      const token = named(id);
      return token instanceof Uint8Array
        ? { text: decode([token]), special: false }
        : { text: token.special, special: true };
    },
    decode: (ids) => decode(ids.map(named)),
  };
}

/** @param pieces texts of tokens, their bytes, or special tokens */
export function laid(...pieces: readonly (string | ByteToken)[]): LaidText {
  const tokens = pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece));
  return layText([...tokens.keys()], byteReader(tokens));
}
