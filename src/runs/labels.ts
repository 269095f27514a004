/** What people write on runs and experiments: names, tags, descriptions, notes, and how long each may be. */
import { inputError } from '../errors.ts';

/** Characters of the name of an experiment. */
export const longestName = 200;
export const longestDescription = 10_000;
export const mostTags = 50;
/** Characters of one. */
export const longestTag = 100;
/** Characters of what is written beside a run. */
export const longestNote = 10_000;

/** Line breaks among them; and halves of characters, which no file can have. */
const unprintable = /[\p{Cc}\p{Cs}]/u;

/** The name of an experiment, without spaces around it. @throws TributaryError INPUT */
export function experimentName(field: string, text: string): string {
  return label(field, 'the name of an experiment', text, longestName);
}

/** Each once, without spaces around it. @throws TributaryError INPUT */
export function experimentTags(field: string, tags: readonly string[]): readonly string[] {
  if (tags.length > mostTags) throw inputError(field, `An experiment has at most ${mostTags} tags, not ${tags.length}`);
  return [...new Set(tags.map((tag, index) => label(`${field}.${index}`, 'a tag', tag, longestTag)))];
}

/** @throws TributaryError INPUT for a text that is too long */
export function requireLength(field: string, text: string, most: number): void {
  if (text.length <= most) return;
  const [name] = field.split('.').slice(-1);
  throw inputError(field, `\`${name}\` has ${text.length} characters; at most ${most} are kept`);
}

function label(field: string, what: string, text: string, most: number): string {
  const trimmed = text.trim();
  if (trimmed === '') throw inputError(field, `${capitalised(what)} is not empty, nor of spaces alone`);
  if (trimmed.length > most)
    throw inputError(field, `${capitalised(what)} has at most ${most} characters, not ${trimmed.length}`);
  if (unprintable.test(trimmed))
    throw inputError(
      field,
      `${capitalised(what)} is one line of text, without line breaks and other control characters`,
    );
  return trimmed;
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
