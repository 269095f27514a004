/** One prediction explained: its attribution, the way of the tokens that are followed, and what views ask beyond. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import {
  type RunPartsFragment,
  StartCirculationDocument,
  StartLogitAttributionDocument,
  type TargetInput,
} from '../../client/generated/graphql.ts';
import { LiveAttribution } from './attribution.ts';
import { LiveCirculation } from './circulation.ts';
import { type AnswerOf, type Detail, Details } from './detail.ts';
import { ProblemError } from './problem.ts';
import { circulationOf, type Question } from './question.ts';
import { server } from './server.ts';

/** What is known of a question that was asked before. */
export interface Known {
  readonly run?: RunPartsFragment;
  readonly circulation?: RunPartsFragment;
  readonly track?: readonly number[];
}

export class Explanation {
  readonly question: Question;
  readonly attribution = new LiveAttribution();
  /** Undefined until tokens are followed. */
  readonly circulation = signal<LiveCirculation | undefined>(undefined);
  /** Positions that are followed, in the order in which they were chosen: their hues. */
  readonly tracked = signal<readonly number[]>([]);
  readonly #details: Details;
  readonly #leave: () => void;
  readonly #answered = Promise.withResolvers<void>();

  /**
   * @param run that was asked this question before; a new one is started where there is none
   * @param circulation that followed `track` before
   * @param track positions to follow; by default, once it is known, the token that speaks most for the target
   */
  constructor(question: Question, { run, circulation, track }: Known = {}) {
    this.question = question;
    this.#details = new Details(this.#answered.promise);
    if (track?.length) this.#follow(track, circulation);
    // Whoever waits for it hears why; nobody has to.
    this.#answered.promise.catch(() => undefined);
    this.#leave = effect(() => {
      const { completed, problem } = this.attribution;
      if (problem.value) this.#answered.reject(new ProblemError(problem.value));
      if (!completed.value) return;
      this.#answered.resolve();
      if (!this.circulation.peek()) this.track([strongest(completed.value.tokens)]);
    });
    void this.#start(run);
  }

  /** The target as it is known: as it was asked for, then as it was found. */
  get target(): TargetInput {
    const { question, attribution } = this;
    const found = attribution.completed.value?.target;
    if (!found) return question.target ?? {};
    const { position, kind, token, against } = found;
    return {
      position,
      kind,
      token: { tokenId: token.tokenId },
      ...(against && { against: { tokenId: against.tokenId } }),
    };
  }

  /** Follows these positions through the layers; none: follows nothing. */
  track(positions: readonly number[]): void {
    this.#follow(positions);
  }

  /** Beyond what the run tells, of the same attribution; asked for once it has completed. */
  detail<Result extends object, Asked extends { input: Question }>(
    document: TypedDocumentNode<Result, Asked>,
    variables: Omit<Asked, 'input'>,
  ): ReadonlySignal<Detail<AnswerOf<Result>>> {
    return this.#details.of(document, { input: this.question, ...variables } as unknown as Asked);
  }

  /** Beyond it, of anything: the lens, activations, circuits. Asked for once the attribution has completed. */
  ask<Result extends object, Asked extends Record<string, unknown>>(
    document: TypedDocumentNode<Result, Asked>,
    variables: Asked,
  ): ReadonlySignal<Detail<AnswerOf<Result>>> {
    return this.#details.of(document, variables);
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    const live = [this.attribution, this.circulation.value].filter(
      (run) => run?.phase.value === 'waiting' || run?.phase.value === 'running',
    );
    await Promise.all(live.map((run) => run?.stop()));
  }

  /** Follows nothing any more. */
  dispose(): void {
    this.#leave();
    this.attribution.dispose();
    this.circulation.value?.dispose();
  }

  #follow(positions: readonly number[], known?: RunPartsFragment): void {
    this.circulation.peek()?.dispose();
    this.tracked.value = positions;
    if (positions.length === 0) {
      this.circulation.value = undefined;
      return;
    }
    const circulation = new LiveCirculation();
    this.circulation.value = circulation;
    void circulation.start(async () => {
      if (known) return { run: known };
      // Towards the same token as the attribution, also where that is for the model to say.
      if (!this.question.target?.token) await this.#answered.promise;
      const { against: _, kind: __, ...target } = this.target;
      const input = circulationOf(this.question, target, positions);
      return (await server.request(StartCirculationDocument, { input, keep: false })).startCirculation;
    });
  }

  #start(run: RunPartsFragment | undefined): Promise<void> {
    if (run) return this.attribution.follow(run);
    const { question: input } = this;
    return this.attribution.start(
      async () => (await server.request(StartLogitAttributionDocument, { input, keep: false })).startLogitAttribution,
    );
  }
}

/** The position of the token that speaks most for the target: of all, where none speaks for it, the one that matters most. */
function strongest(
  tokens: readonly { readonly score: number; readonly token: { position: number; special: boolean } }[],
): number {
  const words = tokens.filter(({ token }) => !token.special);
  const [first] = [...(words.length > 0 ? words : tokens)].sort((one, other) => other.score - one.score);
  return first?.token.position ?? 0;
}
