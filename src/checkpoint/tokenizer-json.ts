/**
 * `tokenizer.json`, checked, and said in such words that the JavaScript library reads it as the reference (Rust) does.
 * The library takes `\s`, `\w` and `\d` of its own pre-tokenizers as JavaScript does, and leaves out some behaviours of
 * `Split`; its `Split` by a regular expression follows the reference, so the others are put in terms of that.
 */
import { z } from 'zod';
import { isJsonObject } from './config.ts';

const part = z.looseObject({ type: z.string() }).nullable().default(null);

/** Bounds what a corrupt file can make us allocate; the largest vocabularies have some 300,000 pieces. */
const largestId = 1 << 24;
const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largestId;
const id = z.custom<number>(isId, `must be a whole number from 0 to ${largestId}`);

// These have hundreds of thousands of entries: one pass each, where a schema for an entry would take half a second.
const vocabulary = z.custom<Record<string, number>>(
  (value) => isJsonObject(value) && Object.values(value).every(isId),
  `must map each piece to its id, a whole number from 0 to ${largestId}`,
);
const merges = z.custom<(string | [string, string])[]>(
  (value) => Array.isArray(value) && value.every((merge) => typeof merge === 'string' || isPair(merge, 'string')),
  'must be a list of pairs of pieces',
);
const scores = z.custom<[string, number][]>(
  (value) => Array.isArray(value) && value.length > 0 && value.every((entry) => isPair(entry, 'number')),
  'must be a list of pieces, each with its score',
);

function isPair(value: unknown, second: 'string' | 'number'): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === second;
}

const bpe = z.looseObject({
  type: z.literal('BPE'),
  vocab: vocabulary,
  merges,
  byte_fallback: z.boolean().nullish(),
  continuing_subword_prefix: z.literal('', { error: 'is not supported for BPE' }).nullish(),
});
const unigram = z.looseObject({
  type: z.literal('Unigram'),
  vocab: scores,
  unk_id: id.nullish(),
  byte_fallback: z.boolean().nullish(),
});
const wordPiece = z.looseObject({ type: z.literal('WordPiece'), vocab: vocabulary, unk_token: z.string() });

const addedToken = z.looseObject({
  id,
  content: z.string(),
  special: z.boolean().default(false),
  single_word: z.literal(false, { error: 'added tokens that match whole words only are not supported' }).default(false),
});

/** What of a tokenizer file is read here; the library reads the rest. */
export const tokenizerSchema = z.looseObject({
  model: z.preprocess(withType, z.discriminatedUnion('type', [bpe, unigram, wordPiece])),
  added_tokens: z.array(addedToken).default([]),
  normalizer: part,
  pre_tokenizer: part.transform((value) => translate(value)),
  post_processor: part,
  decoder: part,
});

export type TokenizerJson = z.output<typeof tokenizerSchema>;

type Part = Readonly<Record<string, unknown>>;

/** Files of 2020, such as GPT-2's own, do not name their model's type, and write an absent token as ''. */
function withType(model: unknown): unknown {
  if (typeof model !== 'object' || model === null) return model;
  const { type, vocab, merges, unk_token } = model as Part;
  const guess = Array.isArray(vocab) ? 'Unigram' : merges ? 'BPE' : 'WordPiece';
  return { ...model, type: type ?? guess, unk_token: unk_token === '' ? null : unk_token };
}

const gpt2Words = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const punctuation = String.raw`[\p{P}!-/:-@\[-\`{-~]`;

function translate(part: Part | null): Part | null {
  switch (part?.type) {
    case 'Sequence':
      return { ...part, pretokenizers: ((part.pretokenizers ?? []) as Part[]).map(translate) };
    case 'ByteLevel': {
      if (part.use_regex === false) return part;
      const bytes = { ...part, add_prefix_space: false, use_regex: false };
      const prefix = part.add_prefix_space ? [{ type: 'Metaspace', replacement: ' ', prepend_scheme: 'always' }] : [];
      return sequence(...prefix, split(gpt2Words, 'Isolated'), bytes);
    }
    case 'Metaspace': {
      const space = (part.replacement as string | undefined) ?? '▁';
      return part.split === false ? part : sequence(part, split(escaped(space), 'MergedWithNext'));
    }
    case 'Digits':
      return split(String.raw`\p{N}`, part.individual_digits ? 'Isolated' : 'Contiguous');
    case 'Punctuation':
      return split(punctuation, part.behavior ?? 'Isolated');
    case 'Whitespace':
      return split(String.raw`\w+|[^\w\s]+`, 'Removed', true);
    case 'WhitespaceSplit':
      return split(String.raw`\s`, 'Removed');
    case 'BertPreTokenizer':
      return sequence(split(String.raw`\s`, 'Removed'), split(punctuation, 'Isolated'));
    case 'Split': {
      const pattern = part.pattern as { Regex?: string; String?: string };
      return split(pattern.Regex ?? escaped(String(pattern.String)), part.behavior, part.invert === true);
    }
    default:
      return part;
  }
}

/** By a regular expression whose matches `behavior` treats; inverted, it treats what lies between them. */
function split(regex: string, behavior: unknown, invert = false): Part {
  const matches = (pattern: string): Part => ({ type: 'Split', pattern: { Regex: pattern }, invert: true });
  const isolated = (pattern: string): Part => ({
    type: 'Split',
    pattern: { Regex: pattern },
    behavior: 'Isolated',
    invert: false,
  });
  const other = `(?:(?!${regex})[\\s\\S])`;
  switch (behavior) {
    case 'Isolated':
      return isolated(regex);
    case 'Removed':
      return invert ? matches(regex) : { ...isolated(regex), behavior: 'Removed' };
    case 'Contiguous':
      return isolated(`(?:${regex})+`);
    case 'MergedWithPrevious':
      if (!invert) return matches(`${other}*(?:${regex})|${other}+`);
      break;
    case 'MergedWithNext':
      if (!invert) return matches(`(?:${regex})${other}*|${other}+`);
      break;
  }
  throw new Error(`splitting with the ${invert ? 'inverted ' : ''}behavior ${behavior} is not supported`);
}

function sequence(...pretokenizers: Part[]): Part {
  return { type: 'Sequence', pretokenizers };
}

function escaped(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
