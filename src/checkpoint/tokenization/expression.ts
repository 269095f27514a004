/** Regular expressions as Oniguruma reads them, by which the reference (Rust) library splits and replaces. */
import * as huggingFace from '@huggingface/tokenizers';
import { z } from 'zod';
import { made } from './part.ts';
import { beforeUnicode17 } from './unicode.ts';

// Its types leave out what it exports from further modules. The translation itself is no export, but this holds one.
const { SplitPreTokenizer } = huggingFace as unknown as {
  SplitPreTokenizer: new (part: { readonly pattern: { readonly Regex: string } }) => { readonly pattern: RegExp };
};

/** `\w` of the expressions that are built into the reference. */
export const wordCharacter = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]`;

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly isMatch: boolean;
}

/** Finds the spans of a whole text in order: what matches, and what lies between. */
export type Finder = (text: string) => Span[];

/** @param seen the text as the expression sees it, of the same length */
export function finder(expression: RegExp, seen = (text: string) => text): Finder {
  return (text) => {
    if (text === '') return [];
    const found: Span[] = [];
    let end = 0;
    let last = -1;
    for (const { 0: match, index } of seen(text).matchAll(expression)) {
      // An empty match right behind another one is none; V8 finds some between the halves of a character.
      if (match === '' && (index === last || (text.codePointAt(index - 1) ?? 0) > 0xffff)) continue;
      if (index > end) found.push({ start: end, end: index, isMatch: false });
      end = last = index + match.length;
      found.push({ start: index, end, isMatch: true });
    }
    if (end < text.length) found.push({ start: end, end: text.length, isMatch: false });
    return found;
  };
}

/** @throws Error for an expression that JavaScript has no counterpart of */
export function oniguruma(source: string): Finder {
  return finder(new SplitPreTokenizer({ pattern: { Regex: spelledOut(source) } }).pattern, beforeUnicode17);
}

export function literal(text: string): Finder {
  return finder(new RegExp(RegExp.escape(text), 'gu'));
}

/** As `Split` and `Replace` give it. */
export const pattern = z
  .looseObject({ Regex: z.string().optional(), String: z.string().optional() })
  .transform(({ Regex, String: text }, context): Finder => {
    return text === undefined ? made(context, () => oniguruma(String(Regex))) : literal(text);
  });

/**
 * Spells out what the library's translation loses: possessive quantifiers (`\s++`) and atomic groups (`(?>…)`), which
 * give nothing back, are a lookahead and a reference to what it captured; `ſ` and `K` are the other cases of s and k.
 */
function spelledOut(source: string): string {
  let at = 0;
  let held = 0;
  const atomic = (inner: string): string => {
    const name = `_${held++}`;
    return `(?:(?=(?<${name}>${inner}))\\k<${name}>)`;
  };

  const take = (token: RegExp): string => {
    const sticky = new RegExp(token, 'suy');
    sticky.lastIndex = at;
    const [text = ''] = sticky.exec(source) ?? [];
    at += text.length;
    return text;
  };

  const characterClass = (): string => {
    let text = take(/\[\^?\]?/);
    while (at < source.length && source[at] !== ']') {
      text += source[at] === '[' && !source.startsWith('[:', at) ? characterClass() : take(/\[:\^?\w+:\]|\\.|./);
    }
    return text + take(/./);
  };

  const sequence = (ignoresCase: boolean): string => {
    let text = '';
    while (at < source.length && source[at] !== ')') {
      let atom: string;
      if (source[at] === '[') {
        atom = characterClass();
        if (ignoresCase && !atom.startsWith('[^')) atom = withOtherCases(atom);
      } else if (source[at] === '(') {
        const opening = take(/\(\?<[A-Za-z_]\w*>|\(\?(?:[:=!>]|<[=!]|i:)|\((?!\?)/);
        if (opening === '') throw new Error(`the group ${source.slice(at, at + 4)}… is not supported`);
        const inner = sequence(ignoresCase || opening === '(?i:');
        const closing = take(/\)/);
        atom = opening === '(?>' ? atomic(inner) : `${opening}${inner}${closing}`;
      } else {
        atom = take(/\\[pPx]\{[^}]*\}|\\.|./);
        if (ignoresCase && /^[sk]$/i.test(atom)) atom = withOtherCases(`[${atom}]`);
      }
      const quantifier = take(/[?*+][+?]?/);
      const possessive = /^.\+$/.test(quantifier);
      text += possessive ? atomic(`${atom}${quantifier[0]}`) : `${atom}${quantifier}`;
    }
    return text;
  };

  let text = sequence(false);
  // A parenthesis that closes nothing stays, for the compiler to complain about.
  while (at < source.length) text += take(/\)/) + sequence(false);
  return text;
}

function withOtherCases(characters: string): string {
  const plain = new RegExp(characters, 'iu');
  const others = ['ſ', '\u212A'].filter((other) => plain.test(other)).join('');
  return `${characters.slice(0, -1)}${others}]`;
}
