/** The tokenizer of a model that was never trained: one token for each byte, and one for the end of a text. */

export const endOfText = '<|endoftext|>';
/** Its tokens: the bytes 0 … 255, and `endOfText` as number 256. */
export const byteTokenizerSize = 257;

/** `tokenizer.json`, as the Hugging Face libraries read it. */
export function byteTokenizer(): object {
  const vocab = Object.fromEntries(byteCharacters().map((character, byte) => [character, byte]));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: byteTokenizerSize - 1,
        content: endOfText,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab: { ...vocab, [endOfText]: byteTokenizerSize - 1 },
      merges: [],
    },
  };
}

/** The character that GPT-2's byte-level spelling has for each byte: itself where it shows, else one from U+0100 on. */
function byteCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const shows = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(shows ? byte : next++);
  });
}
