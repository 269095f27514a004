/** Pre-tokenizers of `tokenizer.json`: the pieces of a normalized text, each of which the model reads by itself. */
import { z } from 'zod';
import { byteLevelPiece } from './bytes.ts';
import { type Finder, finder, literal, oniguruma, pattern, type Span, wordCharacter } from './expression.ts';
import { typeOf } from './part.ts';
import { beforeUnicode17, isPunctuation } from './unicode.ts';

export interface Piece {
  readonly text: string;
  /** Whether it begins where the whole text does, before which some put a space. */
  readonly first: boolean;
}

export type PreTokenizer = (piece: Piece) => Piece[];

const behaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
type Behavior = (typeof behaviors)[number];
const behavior = z.enum(behaviors);

const word = `${wordCharacter}+|(?:(?!${wordCharacter})\\P{White_Space})+`;
const words = finder(new RegExp(word, 'gu'), beforeUnicode17);
const spaces = finder(/\p{White_Space}/gu);
const digits = finder(/\p{N}/gu);
const punctuation = finder(new RegExp(isPunctuation, 'gu'));
const gpt2 = oniguruma(String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`);

const byteLevel = z
  .looseObject({ type: z.literal('ByteLevel'), add_prefix_space: z.boolean(), use_regex: z.boolean().default(true) })
  .transform(({ add_prefix_space, use_regex }): PreTokenizer => {
    return (piece) => {
      const prefixed = add_prefix_space ? startingWith(' ', piece) : piece;
      const pieces = use_regex ? split(prefixed, gpt2(prefixed.text), 'Isolated') : [prefixed];
      return pieces.map(({ text, first }) => ({ text: byteLevelPiece(text), first }));
    };
  });

const metaspace = z
  .looseObject({
    type: z.literal('Metaspace'),
    replacement: z.string().refine((text) => Array.from(text).length === 1, 'must be one character'),
    prepend_scheme: z.enum(['first', 'never', 'always']).default('always'),
    add_prefix_space: z.boolean().nullish(),
    split: z.boolean().nullish(),
  })
  .refine(({ add_prefix_space, prepend_scheme }) => add_prefix_space !== false || prepend_scheme === 'never', {
    message: 'add_prefix_space contradicts prepend_scheme',
  })
  .transform((part): PreTokenizer => {
    const { replacement, prepend_scheme } = part;
    const replaced = literal(replacement);
    return ({ text, first }) => {
      const bare = { text: text.replaceAll(' ', replacement), first };
      const prepends = prepend_scheme === 'always' || (prepend_scheme === 'first' && first);
      const piece = prepends ? startingWith(replacement, bare) : bare;
      return part.split === false ? [piece] : split(piece, replaced(piece.text), 'MergedWithNext');
    };
  });

const splitting = z
  .looseObject({ type: z.literal('Split'), pattern, behavior, invert: z.boolean() })
  .transform(({ pattern, behavior, invert }) => by(pattern, behavior, invert));

export const preTokenizer: z.ZodType<PreTokenizer> = z.lazy(() =>
  z.discriminatedUnion(
    'type',
    [
      z
        .looseObject({ type: z.literal('Sequence'), pretokenizers: z.array(preTokenizer) })
        .transform(({ pretokenizers }) => inTurn(...pretokenizers)),
      byteLevel,
      metaspace,
      splitting,
      z
        .looseObject({ type: z.literal('Digits'), individual_digits: z.boolean() })
        .transform(({ individual_digits }) => by(digits, individual_digits ? 'Isolated' : 'Contiguous')),
      z
        .looseObject({ type: z.literal('Punctuation'), behavior: behavior.default('Isolated') })
        .transform(({ behavior }) => by(punctuation, behavior)),
      z.looseObject({ type: z.literal('Whitespace') }).transform(() => by(words, 'Removed', true)),
      z.looseObject({ type: z.literal('WhitespaceSplit') }).transform(() => by(spaces, 'Removed')),
      z
        .looseObject({ type: z.literal('BertPreTokenizer') })
        .transform(() => inTurn(by(spaces, 'Removed'), by(punctuation, 'Isolated'))),
    ],
    { error: ({ input }) => `the pre-tokenizer ${typeOf(input)} is not supported` },
  ),
);

function inTurn(...steps: readonly PreTokenizer[]): PreTokenizer {
  return (piece) => steps.reduce((pieces, step) => pieces.flatMap(step), [piece]);
}

function startingWith(space: string, { text, first }: Piece): Piece {
  return { text: text.startsWith(space) ? text : space + text, first };
}

function by(find: Finder, behavior: Behavior, invert = false): PreTokenizer {
  return (piece) => {
    const found = find(piece.text);
    return split(piece, invert ? found.map((span) => ({ ...span, isMatch: !span.isMatch })) : found, behavior);
  };
}

function split({ text, first }: Piece, spans: readonly Span[], behavior: Behavior): Piece[] {
  return behave(spans, behavior)
    .filter(({ start, end }) => end > start)
    .map(({ start, end }) => ({ text: text.slice(start, end), first: first && start === 0 }));
}

/** What becomes of the matches, which are the delimiters. */
function behave(spans: readonly Span[], behavior: Behavior): readonly Span[] {
  switch (behavior) {
    case 'Removed':
      return spans.filter(({ isMatch }) => !isMatch);
    case 'Isolated':
      return spans;
    case 'Contiguous':
      return joined(spans, (left, right) => left.isMatch === right.isMatch);
    case 'MergedWithPrevious':
      return joined(spans, (left, right) => right.isMatch && !left.isMatch);
    case 'MergedWithNext':
      return joined(spans, (left, right) => left.isMatch && !right.isMatch);
  }
}

/** Joins neighbours; `joins` is asked of each two of the original spans. */
function joined(spans: readonly Span[], joins: (left: Span, right: Span) => boolean): Span[] {
  const found: Span[] = [];
  for (const [index, span] of spans.entries()) {
    const left = spans[index - 1];
    const last = found.at(-1);
    if (left && last && joins(left, span)) found[found.length - 1] = { ...last, end: span.end };
    else found.push(span);
  }
  return found;
}
