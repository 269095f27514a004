/**
 * Where the contents of messages stand in the text that a template makes of them. A search for them would take the `user` of a
 * template for a message that says so: instead the template is rendered once more, with marks in the contents.
 */
import type { ChatMessage } from '../messages.ts';
import type { TextSpan } from '../tokenization/places.ts';

/** Beginnings of ranges in which nothing has a meaning; one mark opens a message, the next one closes it. */
const ranges = [0xf0000, 0xf8000, 0x100000, 0x108000];

/**
 * @param write what the template makes of messages
 * @param text what it makes of these
 * @returns of each message its span; undefined where the template leaves it out, and of all of them where it writes marked
 *   messages in another way
 */
export function spansOf(
  messages: readonly ChatMessage[],
  write: (messages: readonly ChatMessage[]) => string,
  text: string,
): (TextSpan | undefined)[] {
  const all = `${text}${messages.map(({ content }) => content).join('')}`;
  const marks = ranges.map((first) => ({ first, expression: anyOf(first, 2 * messages.length) }));
  const unused = marks.find(({ expression }) => all.search(expression) === -1);
  const found = unused && unmarked(writtenOf(messages, write, unused.first), unused);
  const none = found?.text !== text;
  return messages.map(({ content }, index) => (none ? undefined : spanOf(found, content.trim(), index)));
}

interface Unmarked {
  readonly text: string;
  /** Where the first mark of this number stands in it. */
  readonly places: ReadonlyMap<number, number>;
}

function anyOf(first: number, count: number): RegExp {
  return new RegExp(`[\\u{${first.toString(16)}}-\\u{${(first + count - 1).toString(16)}}]`, 'gu');
}

/** With marks within the space around contents, which templates trim. @returns '' where the template fails at them */
function writtenOf(
  messages: readonly ChatMessage[],
  write: (messages: readonly ChatMessage[]) => string,
  first: number,
): string {
  const marked = messages.map(({ role, content }, index) => {
    const core = content.trim();
    if (core === '') return { role, content };
    const mark = (number: number) => String.fromCodePoint(first + 2 * index + number);
    return { role, content: content.replace(core, () => `${mark(0)}${core}${mark(1)}`) };
  });
  try {
    return write(marked);
  } catch {
    return '';
  }
}

function unmarked(marked: string, { first, expression }: { first: number; expression: RegExp }): Unmarked {
  const places = new Map<number, number>();
  let text = '';
  let end = 0;
  for (const { 0: mark, index } of marked.matchAll(expression)) {
    text += marked.slice(end, index);
    end = index + mark.length;
    const number = (mark.codePointAt(0) as number) - first;
    if (!places.has(number)) places.set(number, text.length);
  }
  return { text: text + marked.slice(end), places };
}

/** Of a content that is written in part only, what stands beside the mark that is left. */
function spanOf({ text, places }: Unmarked, core: string, index: number): TextSpan | undefined {
  const start = places.get(2 * index);
  const end = places.get(2 * index + 1);
  if (start !== undefined && end !== undefined && start <= end) return { start, end };
  let length = 0;
  if (start !== undefined) {
    while (length < core.length && text[start + length] === core[length]) length++;
    return { start, end: start + length };
  }
  if (end === undefined) return undefined;
  while (length < core.length && text[end - 1 - length] === core.at(-1 - length)) length++;
  return { start: end - length, end };
}
