/** Normalizers of `tokenizer.json`: what a text becomes before it is split. */
import { z } from 'zod';
import { byteLevelPiece } from './bytes.ts';
import { characterMap } from './character-map.ts';
import { pattern } from './expression.ts';
import { made, type Normalizer, typeOf } from './part.ts';
import { isNonspacingMark, isOther, type NormalizationForm, normalized, spaceBefore, spaceBehind } from './unicode.ts';

const form = <Type extends NormalizationForm>(type: Type) =>
  z.looseObject({ type: z.literal(type) }).transform((): Normalizer => (text) => normalized(text, type));

const lowercase = z.looseObject({ type: z.literal('Lowercase') }).transform(() => lowercased);

const strip = z
  .looseObject({ type: z.literal('Strip'), strip_left: z.boolean(), strip_right: z.boolean() })
  .transform(({ strip_left, strip_right }): Normalizer => {
    return (text) => {
      const left = strip_left ? text.slice(spaceBefore(text)) : text;
      return strip_right ? left.slice(0, spaceBehind(left)) : left;
    };
  });

const replace = z
  .looseObject({ type: z.literal('Replace'), pattern, content: z.string() })
  .transform(({ pattern, content }): Normalizer => {
    return (text) =>
      pattern(text)
        .map(({ start, end, isMatch }) => (isMatch ? content : text.slice(start, end)))
        .join('');
  });

const prepend = z
  .looseObject({ type: z.literal('Prepend'), prepend: z.string() })
  .transform(({ prepend }): Normalizer => {
    return (text) => (text === '' ? '' : prepend + text);
  });

const byteLevel = z.looseObject({ type: z.literal('ByteLevel') }).transform((): Normalizer => byteLevelPiece);

const precompiled = z
  .looseObject({ type: z.literal('Precompiled'), precompiled_charsmap: z.base64() })
  .transform(({ precompiled_charsmap }, context): Normalizer => {
    return made(context, () => characterMap(Buffer.from(precompiled_charsmap, 'base64')));
  });

const bert = z
  .looseObject({
    type: z.literal('BertNormalizer'),
    clean_text: z.boolean(),
    handle_chinese_chars: z.boolean(),
    strip_accents: z.boolean().nullish(),
    lowercase: z.boolean(),
  })
  .transform(({ clean_text, handle_chinese_chars, strip_accents, lowercase }): Normalizer => {
    const steps: Normalizer[] = [];
    if (clean_text) steps.push((text) => text.replace(uncleanable, '').replace(/\p{White_Space}/gu, ' '));
    if (handle_chinese_chars) steps.push((text) => text.replace(chineseCharacter, ' $& '));
    if (strip_accents ?? lowercase) steps.push((text) => normalized(text, 'NFD').replace(nonspacingMarks, ''));
    if (lowercase) steps.push(lowercased);
    return inTurn(steps);
  });

const uncleanable = new RegExp(`(?![\\t\\n\\r])(?:${isOther}|\\ufffd)`, 'gu');
const nonspacingMarks = new RegExp(isNonspacingMark, 'gu');
const chineseCharacter =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

export const normalizer: z.ZodType<Normalizer> = z.lazy(() =>
  z.discriminatedUnion(
    'type',
    [
      z
        .looseObject({ type: z.literal('Sequence'), normalizers: z.array(normalizer) })
        .transform(({ normalizers }) => inTurn(normalizers)),
      form('NFC'),
      form('NFD'),
      form('NFKC'),
      form('NFKD'),
      lowercase,
      strip,
      replace,
      prepend,
      byteLevel,
      precompiled,
      bert,
    ],
    { error: ({ input }) => `the normalizer ${typeOf(input)} is not supported` },
  ),
);

function inTurn(steps: readonly Normalizer[]): Normalizer {
  return (text) => steps.reduce((text, step) => step(text), text);
}

/** Each character by itself: a sigma that ends a word is a sigma like any other. */
function lowercased(text: string): string {
  return Array.from(text, (character) => character.toLowerCase()).join('');
}
