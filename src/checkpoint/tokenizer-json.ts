/** `tokenizer.json`, checked, its steps made ready. */
import { z } from 'zod';
import { isJsonObject } from './config.ts';
import { normalizer } from './tokenization/normalizer.ts';
import { partsOf } from './tokenization/part.ts';
import { postProcessor } from './tokenization/post-processor.ts';
import { preTokenizer } from './tokenization/pre-tokenizer.ts';

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
const merges = z
  .custom<unknown[]>(Array.isArray, 'must be a list of pairs of pieces')
  .transform((merges, context): [string, string][] => {
    const listed = merges.filter((merge) => typeof merge !== 'string' || !merge.startsWith('#version'));
    const pairs = listed.map((merge) => (typeof merge === 'string' ? merge.split(' ') : merge));
    if (pairs.every((pair) => isPair(pair, 'string'))) return pairs as [string, string][];
    context.addIssue('must be a list of pairs of pieces');
    return z.NEVER;
  });
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
  unk_token: z.string().nullish(),
  fuse_unk: z.boolean().nullish(),
  byte_fallback: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
  end_of_word_suffix: z.string().nullish(),
  continuing_subword_prefix: z.literal('', { error: 'is not supported for BPE' }).nullish(),
  dropout: z.literal(0, { error: 'leaves out merges at random, which is not supported' }).nullish(),
});
const unigram = z
  .looseObject({
    type: z.literal('Unigram'),
    vocab: scores,
    unk_id: id.nullish(),
    byte_fallback: z.boolean().nullish(),
  })
  .refine(({ vocab, unk_id }) => (unk_id ?? 0) < vocab.length, { path: ['unk_id'], error: 'is not in the vocabulary' });
const wordPiece = z.looseObject({
  type: z.literal('WordPiece'),
  vocab: vocabulary,
  unk_token: z.string(),
  continuing_subword_prefix: z.string().default('##'),
  max_input_chars_per_word: z.number().default(100),
});

export type BpeJson = z.output<typeof bpe>;
export type UnigramJson = z.output<typeof unigram>;
export type WordPieceJson = z.output<typeof wordPiece>;

const addedToken = z
  .looseObject({
    id,
    content: z.string(),
    special: z.boolean().default(false),
    normalized: z.boolean().optional(),
    single_word: z.boolean().default(false),
    lstrip: z.boolean().default(false),
    rstrip: z.boolean().default(false),
  })
  .transform((token) => ({ ...token, normalized: token.normalized ?? !token.special }));

export type AddedTokenJson = z.output<typeof addedToken>;

const part = z.looseObject({ type: z.string() }).nullable().default(null);

export const tokenizerSchema = z.looseObject({
  model: z.preprocess(withType, z.discriminatedUnion('type', [bpe, unigram, wordPiece])),
  added_tokens: z.array(addedToken).default([]),
  pre_tokenizer: part,
  decoder: part,
});

export type TokenizerJson = z.output<typeof tokenizerSchema>;

/** The steps before the model and after it. */
export const stepsSchema = z
  .looseObject({})
  .refine(({ normalizer, pre_tokenizer }) => !(asksForFirst(pre_tokenizer) && mayRemoveFirst(normalizer)), {
    path: ['pre_tokenizer'],
    error: 'prepend_scheme "first" is not supported where the normalizer may remove the first character',
  })
  .pipe(
    z.looseObject({
      normalizer: normalizer.nullable().default(null),
      pre_tokenizer: preTokenizer.nullable().default(null),
      post_processor: postProcessor.nullable().default(null),
    }),
  );

export type TokenizerSteps = z.output<typeof stepsSchema>;

/** Files of 2020, such as GPT-2's own, do not name their model's type, and write an absent token as ''. */
function withType(model: unknown): unknown {
  if (typeof model !== 'object' || model === null) return model;
  const { type, vocab, merges, unk_token } = model as Readonly<Record<string, unknown>>;
  const guess = Array.isArray(vocab) ? 'Unigram' : merges ? 'BPE' : 'WordPiece';
  return { ...model, type: type ?? guess, unk_token: unk_token === '' ? null : unk_token };
}

function asksForFirst(preTokenizer: unknown): boolean {
  return partsOf(preTokenizer).some(({ type, prepend_scheme }) => type === 'Metaspace' && prepend_scheme === 'first');
}

/** To the reference, what is left of a text that lost its first character does not begin where the text does. */
function mayRemoveFirst(normalizer: unknown): boolean {
  return partsOf(normalizer).some(({ type, pattern, content }) => {
    if (type !== 'Replace') return !['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'ByteLevel'].includes(String(type));
    const { String: replaced = '' } = (pattern ?? {}) as { String?: string };
    return Array.from(replaced).length !== 1 || content === '';
  });
}
