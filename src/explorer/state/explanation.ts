/** One prediction explained: its attribution, the way of the tokens that are followed, and what views ask beyond. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import {
  type RunPartsFragment,
  StartCirculationDocument,
  StartLogitAttributionDocument,
  type TargetInput,
} from '../../client/generated/graphql.ts';
import type { Place } from './address.ts';
import { LiveAttribution } from './attribution.ts';
import { belongs, ofAnotherModel, outdated } from './belonging.ts';
import { LiveCirculation } from './circulation.ts';
import { type AnswerOf, type Detail, Details } from './detail.ts';
import { strongest } from './following.ts';
import type { Problem } from './problem.ts';
import { circulationOf, type Question } from './question.ts';
import { server } from './server.ts';

/** What is known of a question that was asked before. */
export interface Known {
  readonly run?: RunPartsFragment;
  readonly circulation?: RunPartsFragment;
  readonly track?: readonly number[] | undefined;
  /** Whether its model is gone, or another one now: then nothing is computed. */
  readonly isOutdated?: boolean;
  /** What is to be said of it. */
  readonly remark?: string | undefined;
}

export class Explanation {
  readonly question: Question;
  readonly attribution = new LiveAttribution();
  /** Undefined until tokens are followed. */
  readonly circulation = signal<LiveCirculation | undefined>(undefined);
  /** Positions that are followed, in the order in which they were chosen: their hues. */
  readonly tracked = signal<readonly number[]>([]);
  /** What is to be said of the run that is shown: sentences. */
  readonly remarks: ReadonlySignal<readonly string[]>;
  readonly #details: Details;
  readonly #leave: () => void;
  readonly #answered = Promise.withResolvers<Problem | undefined>();
  readonly #outdated: Problem | undefined;
  /** The circulation by which it was opened. */
  readonly #opened: string | undefined;
  readonly #isTracked = signal(false);
  /** The run that answers further questions, where it is not the one that is shown. */
  readonly #other = signal<string | undefined>(undefined);

  /**
   * @param run that was asked this question before; a new one is started where there is none
   * @param circulation that followed `track` before
   * @param track positions to follow; by default, once it is known, the token that speaks most for the target
   */
  constructor(question: Question, { run, circulation, track, isOutdated, remark }: Known = {}) {
    this.question = question;
    this.#opened = circulation?.id;
    this.#outdated = isOutdated ? outdated(question.model) : undefined;
    this.#details = new Details(server, this.#answered.promise, (answer) => this.#refused(answer));
    this.remarks = computed(() => {
      const other =
        this.#other.value &&
        'This run is not stored any more: what is added now is of another run of the same question, with the same figures.';
      return [remark, this.#outdated?.message, other].filter((sentence) => sentence !== undefined);
    });
    if (track) this.#follow(track, circulation);
    this.#leave = effect(() => {
      const { completed, problem } = this.attribution;
      if (problem.value) this.#answered.resolve(problem.value);
      if (!completed.value) return;
      this.#answered.resolve(this.#outdated);
      if (!this.#isTracked.peek()) this.track([strongest(completed.value.tokens)]);
    });
    void this.#start(run);
  }

  /** Where it is found again; undefined until it is stored. */
  get place(): Place | undefined {
    const circulation = this.circulation.value?.run.value?.id;
    if (circulation && circulation === this.#opened) return { run: circulation };
    const run = this.attribution.run.value?.id;
    return run ? { run, ...(this.#isTracked.value && { track: this.tracked.value }) } : undefined;
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

  /** The run by which it is known. */
  get shownRun(): RunPartsFragment | undefined {
    return this.attribution.run.value ?? this.circulation.value?.run.value;
  }

  /** Ids of its runs that have begun and not ended. */
  get underWay(): string[] {
    const runs = [this.attribution, this.circulation.value].filter((run) => run !== undefined);
    return runs.filter(({ isUnderWay }) => isUnderWay).flatMap(({ run }) => run.value?.id ?? []);
  }

  /** Follows nothing any more. */
  dispose(): void {
    this.#leave();
    this.attribution.dispose();
    this.circulation.value?.dispose();
  }

  #follow(positions: readonly number[], known?: RunPartsFragment): void {
    this.circulation.peek()?.dispose();
    this.#isTracked.value = true;
    this.tracked.value = positions;
    if (positions.length === 0) {
      this.circulation.value = undefined;
      return;
    }
    const circulation = new LiveCirculation();
    this.circulation.value = circulation;
    if (known) void circulation.follow(known);
    else void circulation.start(() => this.#startCirculation(circulation, positions));
  }

  async #startCirculation(circulation: LiveCirculation, positions: readonly number[]) {
    if (this.#outdated) return this.#outdated;
    // Towards the same token as the attribution, also where that is for the model to say.
    if (!this.question.target?.token) {
      const problem = await this.#answered.promise;
      if (problem) return problem;
      // Other tokens are followed by now, or another question is shown: nobody would read it.
      if (circulation.isLeft) return undefined;
    }
    const { against: _, kind: __, ...target } = this.target;
    const input = circulationOf(this.question, target, positions);
    return (await server.request(StartCirculationDocument, { input, keep: false })).startCirculation;
  }

  #start(run: RunPartsFragment | undefined): Promise<void> {
    if (run) return this.attribution.follow(run);
    const { question: input } = this;
    return this.attribution.start(
      async () =>
        this.#outdated ??
        (await server.request(StartLogitAttributionDocument, { input, keep: false })).startLogitAttribution,
    );
  }

  /** Figures of other weights are none of this run's; those of another run of the same question are. */
  #refused(answer: object): Problem | undefined {
    const belonging = belongs(this.attribution.run.value, answer);
    if (belonging === 'same question') this.#other.value = (answer as { readonly run: { readonly id: string } }).run.id;
    return belonging === 'elsewhere' ? ofAnotherModel : undefined;
  }
}
