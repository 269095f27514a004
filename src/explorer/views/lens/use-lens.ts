/** Asks for the pages of the lens that are seen, keeps those that were, and has what is known of all. */
import type { ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { LensDocument, type LensInput, type TokenInput } from '../../../client/generated/graphql.ts';
import type { Detail } from '../../state/detail.ts';
import type { Explanation } from '../../state/explanation.ts';
import { positionsOf } from './pages.ts';
import { type Column, columnsOf, type LensAnswer } from './readings.ts';

interface Wanted {
  /** That are seen. */
  readonly pages: readonly number[];
  readonly target: number;
  /** Positions of the prompt. */
  readonly count: number;
  /** Whose figures are wanted everywhere. */
  readonly tokens: readonly TokenInput[];
  readonly afterAttention: boolean;
}

export interface LensState {
  /** By position. */
  readonly columns: ReadonlyMap<number, Column>;
  readonly isBusy: boolean;
  readonly failed: Extract<Detail<LensAnswer>, { status: 'failed' }> | undefined;
  /** Whether blocks have a depth between attention and MLP; undefined until it was asked for. */
  readonly hasBetween: boolean | undefined;
  /** What was asked, last. */
  readonly asked: { readonly input: LensInput; readonly afterAttention: boolean } | undefined;
}

/** @param wanted undefined: nothing yet */
export function useLens(explanation: Explanation, wanted: Wanted | undefined): LensState {
  const asked = useRef(new Map<string, { input: LensInput; afterAttention: boolean }>()).current;
  const { model, prompt } = explanation.question;
  for (const page of wanted?.pages ?? []) {
    const { target, count, tokens, afterAttention } = wanted as Wanted;
    const input = { model, prompt, positions: positionsOf(page, target, count), tokens: [...tokens] };
    asked.set(`${page} ${afterAttention}`, { input, afterAttention });
  }
  const columns = new Map<number, Column>();
  const details = [...asked.values()]
    .toSorted((one, other) => Number(one.afterAttention) - Number(other.afterAttention))
    .map((variables): Detail<LensAnswer> => explanation.ask(LensDocument, variables).value);
  const answers = details.flatMap((detail) => (detail.status === 'ready' ? detail.answer : []));
  for (const answer of answers) for (const [position, column] of columnsOf(answer)) columns.set(position, column);
  const between = answers.flatMap(
    ({ layers: [first] }) => first?.afterAttention ?? (first && 'afterAttention' in first ? null : []),
  );
  return {
    columns,
    isBusy: details.some(({ status }) => status === 'loading' || status === 'waiting'),
    failed: details.find((detail) => detail.status === 'failed'),
    hasBetween: between.length === 0 ? undefined : between.some((readings) => readings !== null),
    asked: [...asked.values()].at(-1),
  };
}

/** A further token's figures at one position; undefined where none is followed. */
export function useFollowed(
  explanation: Explanation,
  token: TokenInput | undefined,
  position: number,
  afterAttention: boolean,
): Detail<LensAnswer> | undefined {
  if (!token) return undefined;
  const { model, prompt } = explanation.question;
  const variables = { input: { model, prompt, positions: [position], tokens: [token] }, first: 0, afterAttention };
  const detail: ReadonlySignal<Detail<LensAnswer>> = explanation.ask(LensDocument, variables);
  return detail.value;
}
