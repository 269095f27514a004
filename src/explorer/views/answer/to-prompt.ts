/** An answer traced back to its prompt, as the server has it: asked for once it is looked at, of a completed answer. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { tensorValues } from '../../../client/client.ts';
import { AnswerToPromptDocument, type AnswerToPromptQuery } from '../../../client/generated/graphql.ts';
import { largestOf } from '../../drawing/colour.ts';
import type { Answer } from '../../state/answer.ts';
import { type Problem, problemOf } from '../../state/problem.ts';
import { server } from '../../state/server.ts';
import { view } from '../../state/workspace.ts';
import type { Scores } from './figures.ts';

/** What the tokens of an answer come from: all that stands before them, or the prompt alone, through the answer between. */
export type Reading = 'steps' | 'prompt';

/** Among the views, so that it stands in the address as they do. */
export const reading = {
  get value(): Reading {
    return view.value === 'prompt' ? 'prompt' : 'steps';
  },
  set value(next: Reading) {
    view.value = next === 'prompt' ? 'prompt' : 'lens';
  },
};

export const readings: Readonly<Record<Reading, string>> = { steps: 'Step by step', prompt: 'Back to the prompt' };

/** What shares are counted in, at a scale. */
export const shareUnit = 'of the token’s score';

export interface Traced {
  /** By token of the answer, of each token of the prompt, from 0 to 1. */
  readonly rows: readonly Scores[];
  /** By token of the answer, from 0 to 1: with its row it sums to 1. */
  readonly untraced: readonly number[];
  /** Of the whole answer, by token of the prompt. */
  readonly whole: readonly number[];
  readonly largest: number;
}

export type Tracing =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly traced: Traced }
  | { readonly status: 'failed'; readonly problem: Problem; readonly again?: () => void };

const known = new WeakMap<Answer, ReadonlySignal<Tracing>>();

/** Undefined where step by step is looked at, or the answer is not completed. */
export function tracingOf(answer: Answer): Tracing | undefined {
  const id = answer.completed.value?.run.id;
  if (reading.value !== 'prompt' || !canBeTraced(answer) || id === undefined) return undefined;
  const tracing = known.get(answer) ?? asked(id);
  known.set(answer, tracing);
  return tracing.value;
}

export function canBeTraced({ asked: { explained }, completed }: Pick<Answer, 'asked' | 'completed'>): boolean {
  return explained && completed.value !== undefined;
}

function asked(id: string): ReadonlySignal<Tracing> {
  const tracing = signal<Tracing>({ status: 'loading' });
  const ask = async () => {
    tracing.value = { status: 'loading' };
    try {
      const { run } = await server.request(AnswerToPromptDocument, { id });
      const told = run?.generation?.toPrompt;
      tracing.value = told ? { status: 'ready', traced: tracedFrom(told) } : { status: 'failed', problem: gone };
    } catch (thrown) {
      tracing.value = { status: 'failed', problem: problemOf(thrown), again: ask };
    }
  };
  void ask();
  return tracing;
}

const gone: Problem = {
  code: 'UNKNOWN_RUN',
  message: 'This answer is not stored any more: it cannot be traced back to its prompt.',
};

type Told = NonNullable<NonNullable<NonNullable<AnswerToPromptQuery['run']>['generation']>['toPrompt']>;

function tracedFrom({ shares, untraced, answer }: Told): Traced {
  const values = Array.from(tensorValues(shares));
  const width = shares.shape[1] ?? 0;
  return {
    rows: untraced.map((_, index) => ({ scores: values.slice(index * width, (index + 1) * width) })),
    untraced,
    whole: answer,
    largest: largestOf(values),
  };
}
