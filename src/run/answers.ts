/** Answers of completed attributions, computed as far as they are not stored. */
import type { AttributionResult, AttributionSelection } from '../attribution/result.ts';
import { selectable } from '../attribution/selectable.ts';
import { TributaryError, unknownRun } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import { answerOf, missing, partNames, partsOf } from './answer.ts';
import { contentHash } from './content-hash.ts';
import type { RunStore } from './store.ts';
import type { Question, RunRecord, Subject } from './types.ts';

type AttributionQuestion = Extract<Question, { kind: 'LOGIT_ATTRIBUTION' }>;

export class Answers {
  readonly #store: RunStore;
  readonly #engine: Engine;
  /** The last addition of parts to each run that is being added to. */
  readonly #adding = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(store: RunStore, engine: Engine) {
    this.#store = store;
    this.#engine = engine;
  }

  /**
   * What the selection has more than is stored is computed and added to the run.
   * @param asked less what there is not with its method and prompt
   * @param subject null when the run's checkpoint is no longer there
   * @throws TributaryError CHECKPOINT when it would be needed, RUN_STATE when the method has changed since,
   *   UNKNOWN_RUN when the run is deleted, or as the engine's
   */
  async read(
    run: RunRecord,
    question: AttributionQuestion,
    subject: Subject | null,
    asked: AttributionSelection,
  ): Promise<AttributionResult> {
    const { id } = run;
    const selection = selectable(question.input, asked);
    // One addition after the other, so that two queries of the same finer grain compute it once.
    const before = this.#adding.get(id) ?? Promise.resolve();
    const added = before.then(() => this.#add(run, question, subject, selection));
    const settled = added.catch(() => undefined);
    this.#adding.set(id, settled);
    try {
      await added;
    } finally {
      if (this.#adding.get(id) === settled) this.#adding.delete(id);
    }
    const parts = await this.#store.parts(id, partNames(selection));
    // Deleted meanwhile.
    if (!parts.has('summary')) throw unknownRun(id);
    return answerOf(parts, selection);
  }

  /** Ends the additions under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#adding.values());
  }

  async #add(
    run: RunRecord,
    question: AttributionQuestion,
    subject: Subject | null,
    selection: AttributionSelection,
  ): Promise<void> {
    const rest = missing(selection, await this.#store.partNames(run.id));
    if (!rest) return;
    if (!subject) {
      throw new TributaryError(
        'CHECKPOINT',
        `The checkpoint of run ${run.id} is gone or has changed; only what is stored can be shown`,
      );
    }
    // The hash has the method's version in it: parts of two versions in one answer would not add up.
    if (contentHash({ revision: run.modelRevision }, question) !== run.contentHash) {
      throw new TributaryError(
        'RUN_STATE',
        `Run ${run.id} was made by an earlier version of ${question.input.method}; only what is stored can be shown, or ask the same question anew`,
      );
    }
    const { signal } = this.#closing;
    const { target, ...input } = question.input;
    const request = { ...input, targets: [target], selection: rest };
    const [result] = await this.#engine.attribute(subject, request, { signal });
    // What was answered once stays as it was, to the last bit.
    const parts = partsOf(result as AttributionResult, rest).filter(({ name }) => name !== 'summary');
    await this.#store.addParts(run.id, parts);
  }
}
