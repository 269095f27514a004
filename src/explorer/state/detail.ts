/** What a view asks for beyond what the run tells: once it is looked at, and once only. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type ReadonlySignal, signal } from '@preact/signals';
import { print } from 'graphql';
import type { TributaryClient } from '../../client/client.ts';
import { type Problem, problemIn, problemOf } from './problem.ts';

export type Detail<Answer> =
  /** The attribution that it belongs to is not there yet. */
  | { readonly status: 'waiting' }
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly answer: Answer }
  | { readonly status: 'failed'; readonly problem: Problem; readonly again?: () => void };

type Variables = Record<string, unknown>;

/** Of an answer's one field the member that is an answer: what is no `Error`. */
export type AnswerOf<Result> = Exclude<NonNullable<Result[keyof Result & string]>, { readonly message: string }> &
  object;

export class Details {
  readonly #known = new Map<string, ReadonlySignal<Detail<never>>>();
  readonly #source: Pick<TributaryClient, 'request'>;
  readonly #until: Promise<Problem | undefined>;
  readonly #refused: (answer: object) => Problem | undefined;

  /**
   * @param until what is waited for before anything is asked: a problem where nothing is to be asked
   * @param refused why an answer is not to be shown
   */
  constructor(
    source: Pick<TributaryClient, 'request'>,
    until: Promise<Problem | undefined>,
    refused: (answer: object) => Problem | undefined,
  ) {
    this.#source = source;
    this.#until = until;
    this.#refused = refused;
  }

  /** The one field of a document's answer. Asked when this is first called with these variables. */
  of<Result extends object, Asked extends Variables>(
    document: TypedDocumentNode<Result, Asked>,
    variables: Asked,
  ): ReadonlySignal<Detail<AnswerOf<Result>>> {
    const key = `${print(document)} ${JSON.stringify(variables)}`;
    const known = this.#known.get(key);
    if (known) return known as ReadonlySignal<Detail<AnswerOf<Result>>>;
    const detail = signal<Detail<AnswerOf<Result>>>({ status: 'waiting' });
    this.#known.set(key, detail as unknown as ReadonlySignal<Detail<never>>);
    const ask = async () => {
      detail.value = { status: 'loading' };
      try {
        const [result] = Object.values(await this.#source.request(document, variables)) as (object | null)[];
        const problem = result ? problemIn(result) : { code: 'REQUEST', message: 'There is no such thing any more.' };
        const refused = problem ? undefined : this.#refused(result as object);
        if (problem) detail.value = { status: 'failed', problem, again: ask };
        else if (refused) detail.value = { status: 'failed', problem: refused };
        else detail.value = { status: 'ready', answer: result as AnswerOf<Result> };
      } catch (thrown) {
        detail.value = { status: 'failed', problem: problemOf(thrown), again: ask };
      }
    };
    void this.#until.then((problem) => {
      if (problem) detail.value = { status: 'failed', problem };
      else return ask();
    });
    return detail;
  }
}
