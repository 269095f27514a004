/** Texts with slots: `When {a} and {b} went to the {place}`. A brace of the text is written twice: `{{`, `}}`. */
import { inputError } from '../../errors.ts';
import { listed, nameFault, type Slots, slotValue } from './slots.ts';

/** A text, or a slot. */
type Part = string | { readonly slot: string };

export interface Template {
  readonly parts: readonly Part[];
  /** Names of its slots, in the order in which they come first. */
  readonly slots: ReadonlySet<string>;
}

/**
 * @param path where the text stands in what was asked
 * @throws TributaryError INPUT for braces that make no slot
 */
export function parseTemplate(text: string, path: string): Template {
  const parts: Part[] = [];
  const wrong = (at: number, fault: string) =>
    inputError(path, `The brace at character ${at} ${fault}; a slot is {name}, and {{ and }} are braces of the text`);
  let from = 0;
  for (const { index, 0: token } of text.matchAll(/\{\{|\}\}|\{[^{}]*\}|[{}]/g)) {
    if (index > from) parts.push(text.slice(from, index));
    from = index + token.length;
    if (token === '{') throw wrong(index, 'is not closed');
    if (token === '}') throw wrong(index, 'closes none');
    if (token === '{{' || token === '}}') parts.push(token[0] as string);
    else parts.push({ slot: namedIn(token.slice(1, -1), (fault) => wrong(index, `opens a slot whose name ${fault}`)) });
  }
  if (from < text.length) parts.push(text.slice(from));
  return { parts, slots: new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : [part.slot]))) };
}

function namedIn(name: string, wrong: (fault: string) => Error): string {
  const fault = nameFault(name);
  if (fault) throw wrong(fault);
  return name;
}

/** @throws TributaryError INPUT where it has a slot that is not among these */
export function requireKnownSlots({ slots }: Template, known: ReadonlySet<string>, path: string): void {
  for (const slot of slots)
    if (!known.has(slot)) throw inputError(path, `There is no slot {${slot}}; there are: ${listed(known)}`);
}

/** @throws Error for a slot that has nothing in it, which `requireKnownSlots` sees to */
export function fillTemplate({ parts }: Template, slots: Slots): string {
  const texts = parts.map((part) => {
    if (typeof part === 'string') return part;
    const value = slotValue(slots, part.slot);
    if (value === undefined) throw new Error(`Nothing stands in the slot ${part.slot}`);
    return value;
  });
  return texts.join('');
}
