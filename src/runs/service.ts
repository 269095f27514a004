/** Runs from the question to the stored answer: finds the one that answers it already, or starts one. */

import { TributaryError, unknownRun } from '../errors.ts';
import { selectable } from '../explain/attribution/parts.ts';
import type { AttributionRequest, AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';
import type { Engine } from '../jobs/engine.ts';
import { circulation } from '../jobs/kinds/circulation.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { partsOf } from './answer.ts';
import { Answers } from './answers.ts';
import { contentHash } from './content-hash.ts';
import { cancelled, endOf, failureOf, interrupted, notCancellable } from './ending.ts';
import { EventReader, type ReaderOptions } from './event-reader.ts';
import { Recorder } from './recorder.ts';
import { SharedAttribution } from './shared-attribution.ts';
import { Signals } from './signals.ts';
import type { RunFilter, RunPage, RunStore } from './store.ts';
import { isOver, type Question, type RunRecord, type StoredEvent, type Subject } from './types.ts';

/** Questions that differ in their targets alone. */
type AttributionQuestions = Omit<AttributionRequest, 'selection'>;
type CirculationQuestion = Extract<Question, { kind: 'CIRCULATION' }>;

interface LiveRun {
  readonly controller: AbortController;
  /** Settles, never rejects, when the run is over and stored. */
  readonly over: Promise<void>;
  /** Was it somebody's wish that it ends? Otherwise the server's, which stops. */
  cancelled: boolean;
}

/** What a run does, from its first step to its last. */
type Work = (id: string, controller: AbortController) => Promise<void>;

export class RunService {
  readonly #store: RunStore;
  readonly #engine: Engine;
  readonly #answers: Answers;
  readonly #onFault: (error: unknown) => void;
  readonly #signals = new Signals();
  readonly #live = new Map<string, LiveRun>();
  readonly #isUnderWay = (runId: string) => this.#live.has(runId);
  #closing = false;

  /** @param onFault is told of failures that are nobody's input's */
  constructor(store: RunStore, engine: Engine, onFault: (error: unknown) => void) {
    this.#store = store;
    this.#engine = engine;
    this.#answers = new Answers(store, engine);
    this.#onFault = onFault;
  }

  /** Ends the runs that a process left behind when it died. To be called once, before anything is asked. */
  async recover(): Promise<RunRecord[]> {
    const left = await this.#store.unfinished();
    for (const { id } of left) await this.#store.append(id, [interrupted]);
    return left;
  }

  /** Starts a circulation, or finds the one under way or completed. Returns without waiting for it. */
  async startCirculation(subject: Subject, input: CirculationQuestion['input']): Promise<RunRecord> {
    return this.#start(subject, { kind: 'CIRCULATION', input }, async (id, controller) => {
      const recorder = new Recorder(this.#store, this.#signals, id, () => controller.abort());
      const { signal } = controller;
      const onStart = () => this.#started(id);
      try {
        await this.#engine.run(circulation, subject, input, {
          signal,
          onStart,
          onStep: (step) => recorder.record(step),
        });
      } finally {
        await recorder.flushed();
      }
      if (!recorder.completed) throw new Error('The engine ended a circulation without completing it');
    });
  }

  /**
   * Starts a logit attribution for each target, or finds those under way or completed. Those that start share the
   * model's own pass. Returns without waiting for them.
   */
  async startAttributions(
    subject: Subject,
    { targets, ...input }: AttributionQuestions,
    selection: AttributionSelection = {},
  ): Promise<RunRecord[]> {
    const shared = new SharedAttribution(this.#engine, subject, input, selectable(input, selection));
    const started = targets.map((target) =>
      this.#start(subject, { kind: 'LOGIT_ATTRIBUTION', input: { ...input, target } }, async (id, { signal }) => {
        const result = await shared.join(target, signal, () => this.#started(id));
        await this.#store.complete(id, partsOf(result, selection));
      }),
    );
    // Also when one could not be started: the others have joined.
    return Promise.all(started).finally(() => void Promise.allSettled(started).then(() => shared.launch()));
  }

  /**
   * The answer for each target, computed only as far as it is not stored.
   * @param options.signal ends the waiting. The runs go on, since they are stored and others may wait for them too; what
   *   is added to stored ones does not, where nobody else waits for it
   * @throws TributaryError as the engine's, where a run failed or was cancelled
   */
  async attributions(
    subject: Subject,
    questions: AttributionQuestions,
    selection: AttributionSelection,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<{ run: RunRecord; result: AttributionResult }[]> {
    const answered = async () => {
      const runs = await this.startAttributions(subject, questions, selection);
      await Promise.all(runs.map(({ id }) => this.#live.get(id)?.over));
      return Promise.all(
        runs.map(async ({ id }) => {
          const run = await this.#require(id);
          if (run.status !== 'COMPLETED') throw failureOf(run);
          return { run, result: await this.answer(run, subject, selection, { signal }) };
        }),
      );
    };
    signal?.throwIfAborted();
    return unlessAborted(answered(), signal);
  }

  /**
   * A completed attribution's answer; what the selection has more than is stored is computed and added.
   * @param subject null when the run's checkpoint is no longer there
   * @param options.signal ends the waiting, and what is computed when nobody else waits for it
   * @throws TributaryError CHECKPOINT when it would be needed, RUN_STATE when the method has changed since
   */
  async answer(
    run: RunRecord,
    subject: Subject | null,
    selection: AttributionSelection,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<AttributionResult> {
    const { id, question } = run;
    if (question.kind !== 'LOGIT_ATTRIBUTION') throw new Error(`Run ${id} is no attribution`);
    return this.#answers.read(run, question, subject, selection, signal);
  }

  /** A run's events after `after`, then each new one until it ends. */
  events(runId: string, after?: number, options: Omit<ReaderOptions, 'after'> = {}): EventReader {
    return new EventReader(this.#store, this.#signals, this.#isUnderWay, runId, { after, ...options });
  }

  /** A run's stored events after `after`, at most `limit`. */
  eventsOf(runId: string, after: number | undefined, limit: number): Promise<StoredEvent[]> {
    return this.#store.events(runId, after, limit);
  }

  find(id: string): Promise<RunRecord | undefined> {
    return this.#store.find(id);
  }

  list(page: RunPage, filter?: RunFilter): Promise<RunRecord[]> {
    return this.#store.list(page, filter);
  }

  experiment(id: string) {
    return this.#store.experiment(id);
  }

  experiments() {
    return this.#store.experiments();
  }

  /**
   * Ends a run before its next block; of a completed one, what is being added to it.
   * @throws TributaryError UNKNOWN_RUN, RUN_STATE when it is over already or was before the cancellation reached it
   */
  async cancel(id: string): Promise<RunRecord> {
    let run = await this.#require(id);
    if (isOver(run.status)) {
      if (await this.#answers.cancel(id)) return run;
      throw notCancellable(run);
    }
    const live = this.#live.get(id);
    if (live) {
      live.cancelled = true;
      live.controller.abort(cancelled());
      await live.over;
      run = await this.#require(id);
    }
    if (!isOver(run.status)) {
      // Nothing executes it any more: its own end could not be stored.
      await this.#store.append(id, [{ type: 'CANCELLED' }]);
      run = await this.#require(id);
    }
    if (run.status !== 'CANCELLED') throw notCancellable(run);
    return run;
  }

  /** Deletes a run and all it told. @throws TributaryError UNKNOWN_RUN, RUN_STATE while it is under way */
  async delete(id: string): Promise<RunRecord> {
    const run = await this.#require(id);
    if (!isOver(run.status))
      throw new TributaryError('RUN_STATE', `Run ${id} is ${run.status}; cancel it before deleting it`);
    if (!(await this.#store.delete(id))) throw unknownRun(id);
    return run;
  }

  /** Ends the runs under way and stores that; starts no more. The store stays open. */
  async close(): Promise<void> {
    this.#closing = true;
    const live = [...this.#live.values()];
    for (const { controller } of live) controller.abort(cancelled());
    await Promise.all([...live.map(({ over }) => over), this.#answers.close()]);
  }

  async #start(subject: Subject, question: Question, work: Work): Promise<RunRecord> {
    if (this.#closing) throw new TributaryError('CANCELLED', 'The server is shutting down');
    const id = this.#store.newId();
    const controller = new AbortController();
    const hash = contentHash(subject, question);
    const found = this.#store.findOrCreate(id, subject, question, hash, this.#isUnderWay);
    const over = found
      .then(({ created }) => (created ? this.#execute(id, work, controller) : undefined))
      // Whoever asked is told below.
      .catch(() => undefined)
      .finally(() => {
        this.#live.delete(id);
        this.#signals.wake(id);
      });
    // Before its row is there: so whoever finds the row finds the run under way, and `close` waits for it.
    this.#live.set(id, { controller, over, cancelled: false });
    return (await found).run;
  }

  /** Does the work of a run and stores how it ended, whichever way it does. */
  async #execute(id: string, work: Work, controller: AbortController): Promise<void> {
    try {
      await work(id, controller);
    } catch (error) {
      // What is expected has a cause where that is for the log: a full disk.
      if (!(error instanceof TributaryError) || error.cause) this.#onFault(error);
      const stopped = this.#closing && !this.#live.get(id)?.cancelled;
      const end = endOf(error);
      await this.#store
        .append(id, [stopped && end.type === 'CANCELLED' ? interrupted : end])
        .catch((fault) => this.#onFault(fault));
    }
  }

  #started(id: string): void {
    this.#store.started(id).catch((fault) => this.#onFault(fault));
  }

  async #require(id: string): Promise<RunRecord> {
    const run = await this.#store.find(id);
    if (!run) throw unknownRun(id);
    return run;
  }
}
