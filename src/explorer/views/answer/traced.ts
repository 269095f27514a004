/** What is drawn and said of an answer that is traced back to its prompt. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { percent } from '../../format/number.ts';
import { called, sentence } from '../tokens/wording.ts';
import type { Focus, Written } from './figures.ts';
import type { Traced } from './to-prompt.ts';
import { spanName } from './words.ts';

type Text = Pick<Written, 'prompt' | 'answer'>;

/**
 * By position in prompt and answer, what is drawn of it: of several tokens of the answer the mean of their shares, of several of
 * the prompt the sum. Null where there is nothing, as for what a token of the answer gives: that is the prompt's.
 */
export function sharesOf({ prompt, answer }: Text, { rows }: Traced, focus: Focus): (number | null)[] {
  const { first, last } = focus;
  const none = (tokens: readonly unknown[]) => tokens.map(() => null);
  if (focus.direction === 'from') {
    const meant = rows.slice(first - prompt.length, last - prompt.length + 1);
    return [
      ...prompt.map((_, at) => total(meant.map(({ scores }) => scores[at] ?? 0)) / meant.length),
      ...none(answer),
    ];
  }
  if (first >= prompt.length) return none([...prompt, ...answer]);
  return [...none(prompt), ...rows.map(({ scores }) => total(scores.slice(first, last + 1)))];
}

/** Of all that is drawn: where the whole answer comes from, and what of it cannot be traced. */
export function tracedCaption({ prompt, answer }: Text, { untraced, whole }: Traced): string {
  const most = largestAt(whole);
  const from = `The whole answer comes from ${called(prompt, most)} most, ${percent(whole[most] ?? 0)} of it.`;
  const means =
    'What comes from an earlier token of the answer goes on to what that one comes from; positive scores alone count.';
  const worst = largestAt(untraced);
  const rest = untraced[worst] ?? 0;
  if (rest === 0) return `${from} ${means} Each row sums to 100 %: nothing is untraced.`;
  const name = called([...prompt, ...answer.map(({ token }) => token)], prompt.length + worst);
  return `${from} ${means} Each row sums to 100 % with its untraced part, which is ${percent(total(untraced) / untraced.length)} on average and largest for ${name}: ${percent(rest)}.`;
}

/** Of what is looked at. @param values undefined where it has none */
export function sharesCaption(
  written: Text,
  text: readonly TokenPartsFragment[],
  { untraced }: Traced,
  { direction, first, last }: Focus,
  values: readonly (number | null)[] | undefined,
): string {
  const { length } = written.prompt;
  const name = first === last ? called(text, first) : spanName(text.slice(first, last + 1));
  if (!values) return `What comes from ${name} is traced on to the prompt: it has no share of its own.`;
  const most = largestAt(values.map((value) => value ?? 0));
  const share = percent(values[most] ?? 0);
  if (direction === 'to') return sentence(`${name} has its largest share in ${called(text, most)}: ${share}.`);
  const rest = untraced.slice(first - length, last - length + 1);
  const on = first === last ? '' : ' on average';
  return sentence(
    `${name} ${first === last ? 'comes' : 'come'} from ${called(text, most)} most, traced back to the prompt: ${share}${on}; ${percent(total(rest) / rest.length)} is untraced.`,
  );
}

/** Of one share. @param row in the answer */
export function shareWords(
  { prompt }: Text,
  text: readonly TokenPartsFragment[],
  { row, column, share }: { readonly row: number; readonly column: number; readonly share: number },
  { untraced }: Traced,
): string {
  return `${percent(share)} of what ${called(text, prompt.length + row)} comes from, token ${row} of the answer, is ${called(text, column)}; ${percent(untraced[row] ?? 0)} is untraced`;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function largestAt(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
