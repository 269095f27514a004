/** Runs from the question to the stored answer: finds the one that answers it already, or starts one. */

import { TributaryError, unknownRun } from '../errors.ts';
import type { AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';
import { answering } from '../explain/circulation/figures.ts';
import type { GenerationRequest } from '../explain/generation/event.ts';
import type { Engine, Place } from '../jobs/engine.ts';
import { circulation } from '../jobs/kinds/circulation.ts';
import { generation } from '../jobs/kinds/generation.ts';
import type { JobKind } from '../jobs/kinds/kind.ts';
import type { ReadingOptions } from '../reader.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { RunAggregates } from './aggregates.ts';
import type { Reading } from './answers.ts';
import { type Answered, type AttributionQuestions, Attributions } from './attributions.ts';
import { countdown, type Patience } from './audience.ts';
import { contentHash } from './content-hash.ts';
import { failureOf, interrupted, lost, notCancellable } from './ending.ts';
import { EventReader, type ReaderOptions } from './event-reader.ts';
import type { ExperimentStore } from './experiment-store.ts';
import { LiveRuns, type Work } from './live-runs.ts';
import type { ManyRuns } from './many-runs.ts';
import type { EventPage, RunPage } from './page.ts';
import { Recorder } from './recorder.ts';
import type { RunFilter } from './run-filter.ts';
import { RunList, type RunListReader } from './run-list.ts';
import { Signals } from './signals.ts';
import type { RunStore, Standing, StoreSize } from './store.ts';
import type { SweepStore } from './sweep-store.ts';
import {
  type Asking,
  isOver,
  type Question,
  type RunLabels,
  type RunRecord,
  type RunStep,
  type StoredEvent,
  type Subject,
} from './types.ts';
import type { UploadStore } from './upload-store.ts';
import { wording } from './wording.ts';

type CirculationQuestion = Extract<Question, { kind: 'CIRCULATION' }>;

export class RunService {
  readonly #store: RunStore;
  readonly #engine: Engine;
  readonly #signals = new Signals();
  readonly #live: LiveRuns;
  readonly #attributions: Attributions;
  readonly #list: RunList;

  /**
   * @param onFault is told of failures that are nobody's input's
   * @param patience with runs that nobody reads
   */
  constructor(store: RunStore, engine: Engine, onFault: (error: unknown) => void, patience: Partial<Patience> = {}) {
    this.#store = store;
    this.#engine = engine;
    this.#live = new LiveRuns(store, this.#signals, onFault, { grace: 10_000, countdown, ...patience });
    this.#attributions = new Attributions(store, engine, this.#live, this.#signals);
    this.#list = new RunList(store);
  }

  /** Ends the runs that a process left behind when it died. To be called once, before anything is asked. */
  async recover(): Promise<RunRecord[]> {
    const left = await this.#store.unfinished();
    for (const { id } of left) await this.#store.append(id, [interrupted]);
    return left;
  }

  /**
   * Starts a circulation, or finds the one under way or completed. Returns without waiting for it: whoever reads its
   * events at once keeps it from being ended for want of readers.
   */
  async startCirculation(
    subject: Subject,
    asked: CirculationQuestion['input'],
    asking: Asking = {},
  ): Promise<RunRecord> {
    const input = await this.#answered(subject, answering(asked));
    return this.#startRecorded(subject, { kind: 'CIRCULATION', input }, circulation, input, asking, (step) =>
      step.type === 'LAYER' ? (step.layer + 1) / input.layers : undefined,
    );
  }

  /** Starts a generation, or finds the one under way or completed; otherwise as `startCirculation`. */
  startGeneration(subject: Subject, input: GenerationRequest, asking: Asking = {}): Promise<RunRecord> {
    const worded = wording(input, subject.spell);
    return this.#startRecorded(
      subject,
      { kind: 'GENERATION', input },
      generation,
      input,
      asking,
      (step) => (step.type === 'TOKEN' ? (step.index + 1) / input.maxTokens : undefined),
      worded,
    );
  }

  /**
   * Starts a logit attribution for each target, or finds those under way or completed. Those that start share the
   * model's own pass. Returns without waiting for them.
   */
  startAttributions(
    subject: Subject,
    questions: AttributionQuestions,
    selection: AttributionSelection = {},
    asking: Asking = {},
  ): Promise<RunRecord[]> {
    return this.#attributions.start(subject, questions, selection, asking);
  }

  /**
   * The answer for each target, computed only as far as it is not stored.
   * @param asking.signal ends the waiting, and what is computed when nobody else waits for it or has asked to keep it
   * @throws TributaryError as the engine's, where a run failed or was cancelled
   */
  attributions(
    subject: Subject,
    questions: AttributionQuestions,
    selection: AttributionSelection,
    asking: Asking & Reading = {},
  ): Promise<Answered[]> {
    return this.#attributions.ask(subject, questions, selection, asking);
  }

  /**
   * A completed attribution's answer; what the selection has more than is stored is computed and added.
   * @param subject null when the run's checkpoint is no longer there
   * @param reading.signal ends the waiting, and what is computed when nobody else waits for it
   * @throws TributaryError CHECKPOINT when it would be needed, RUN_STATE when the method has changed since
   */
  answer(
    run: RunRecord,
    subject: Subject | null,
    selection: AttributionSelection,
    reading: Reading = {},
  ): Promise<AttributionResult> {
    return this.#attributions.read(run, subject, selection, reading);
  }

  /**
   * Has the events of an attribution tell what is selected of its ledger. Where the run under way was not asked for that, it
   * is computed and added to them when the run is over, and figures that it has stay as they are. A circulation tells what it tells.
   * @param subject null when the run's checkpoint is no longer there
   * @param reading.signal ends the waiting, and what is computed when nobody else waits for it or has asked to keep it
   * @throws TributaryError as `answer`
   */
  tell(
    run: RunRecord,
    subject: Subject | null,
    selection: AttributionSelection,
    reading: Reading & Pick<Asking, 'keep'> = {},
  ): Promise<void> {
    return this.#attributions.tell(run, subject, selection, reading);
  }

  /** What is selected of the ledger that the events of an attribution do not tell. */
  untold(run: RunRecord, selection: AttributionSelection): Promise<AttributionSelection> {
    return this.#attributions.untold(run, selection);
  }

  /** Where a run stands that waits for its turn, or stands aside; null for others. */
  async placeOf(runId: string): Promise<Place | null> {
    return (await this.#live.find(runId)?.ticket?.place()) ?? null;
  }

  /** A run's events after `after`, then each new one until it ends. Until it is left, the run has a reader. */
  events(runId: string, after?: number, options: Pick<ReaderOptions, 'signal' | 'turn'> = {}): EventReader {
    const onLeave = this.#live.find(runId)?.audience.join();
    return new EventReader(this.#store, this.#signals, this.#live.isUnderWay, runId, { ...options, after, onLeave });
  }

  /** A page of a run's stored events. */
  eventsOf(runId: string, page: EventPage): Promise<StoredEvent[]> {
    return this.#store.eventPage(runId, page);
  }

  find(id: string): Promise<RunRecord | undefined> {
    return this.#store.find(id);
  }

  list(page: RunPage, filter?: RunFilter): Promise<RunRecord[]> {
    return this.#store.list(page, filter);
  }

  /** Those of these runs that a filter admits, in no order. @param ids at most `mostAtOnce` */
  among(ids: readonly string[], filter: RunFilter): Promise<RunRecord[]> {
    return this.#store.among(ids, filter);
  }

  /** Figures of all runs that a filter admits. */
  aggregates(filter: RunFilter): Promise<RunAggregates> {
    return this.#store.aggregates(filter);
  }

  /** What people say of a run; what is not given stays as it is. @throws TributaryError UNKNOWN_RUN */
  async label(id: string, labels: RunLabels): Promise<RunRecord> {
    const run = await this.#store.label(id, labels);
    if (!run) throw unknownRun(id);
    return run;
  }

  /** Each change of the list from now on; the first thing told is that there is none yet. Nobody is its reader for that. */
  changes(filter: RunFilter, options?: ReadingOptions): RunListReader {
    return this.#list.follow(filter, options);
  }

  /**
   * A run that is under way, or over, waited for to its end.
   * @param signal ends the waiting
   * @throws TributaryError as the engine's, where it failed or was cancelled; UNKNOWN_RUN when it was deleted
   */
  async completed(id: string, signal?: AbortSignal): Promise<RunRecord> {
    const live = this.#live.find(id);
    await unlessAborted(live?.over ?? Promise.resolve(), signal);
    const run = await this.#require(id);
    if (run.status === 'COMPLETED') return run;
    throw live?.refusal ?? failureOf(run);
  }

  /** Of these questions, by their content hash, the run that answers each, or may yet. */
  standing(contentHashes: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    return this.#store.standing(contentHashes);
  }

  /** Sweeps, and what has become of their rows. */
  get sweeps(): SweepStore {
    return this.#store.sweeps;
  }

  /** Experiments, and which runs belong to them. */
  get experiments(): ExperimentStore {
    return this.#store.experiments;
  }

  /** Is it under way, told to somebody, or added to? */
  isInUse(runId: string): boolean {
    return this.#live.isUnderWay(runId) || this.#signals.isHeard(runId) || this.#attributions.isAdding(runId);
  }

  /** What there is, and what it takes of the disk. */
  size(): Promise<StoreSize> {
    return this.#store.size();
  }

  /** What is stored of many runs at once. */
  get many(): ManyRuns {
    return this.#store.many;
  }

  /** Files of rows that were sent. */
  get uploads(): UploadStore {
    return this.#store.uploads;
  }

  /**
   * Ends a run before its next block; of a completed one, what is being added to it.
   * @throws TributaryError UNKNOWN_RUN, RUN_STATE when it is over already or was before the cancellation reached it
   */
  async cancel(id: string): Promise<RunRecord> {
    let run = await this.#require(id);
    if (isOver(run.status)) {
      if (await this.#attributions.cancelAdditions(id)) return run;
      throw notCancellable(run);
    }
    const live = this.#live.find(id);
    if (live) {
      live.stop({ type: 'CANCELLED' });
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

  /** Deletes a run and all it told, and ends what is being added to it. @throws TributaryError UNKNOWN_RUN, RUN_STATE while it is under way */
  async delete(id: string): Promise<RunRecord> {
    const run = await this.#require(id);
    if (!isOver(run.status))
      throw new TributaryError('RUN_STATE', `Run ${id} is ${run.status}; cancel it before deleting it`);
    if (!(await this.#store.delete(id))) throw unknownRun(id);
    await this.#attributions.cancelAdditions(id);
    return run;
  }

  /** Ends the runs under way and stores that; starts no more. The store stays open. */
  async close(): Promise<void> {
    await Promise.all([this.#live.close(), this.#attributions.close()]);
    this.#store.changes.close();
  }

  /**
   * A run whose job tells all of its events.
   * @param progressAt how much is behind it after a step, from 0 to 1
   * @param completed a step as it is stored
   */
  async #startRecorded<Request, Step extends RunStep>(
    subject: Subject,
    question: Question,
    kind: JobKind<Request, void, Step>,
    request: Request,
    asking: Asking,
    progressAt: (step: Step) => number | undefined,
    completed: (step: Step) => Step = (step) => step,
  ): Promise<RunRecord> {
    const work: Work = async (id, live, told) => {
      const recorder = new Recorder(this.#store, this.#signals, id, () => live.stop(lost));
      const onStep = (step: Step) => {
        recorder.record(completed(step));
        live.progress = progressAt(step) ?? live.progress;
      };
      try {
        const { signal } = live;
        const { client } = asking;
        await this.#engine.run(kind, subject, request, { signal, client, ...told, onStep });
      } finally {
        await recorder.flushed();
      }
      if (live.profile) await this.#store.profiled(id, live.profile);
      if (!recorder.completed) throw new Error(`The engine ended a ${kind.name} without completing it`);
    };
    const { run, leave } = await this.#live.start(subject, question, work, asking);
    leave();
    return run;
  }

  /** The first of these questions that has an answer, or is about to have one; the first of all where none has. */
  async #answered(
    subject: Subject,
    inputs: readonly [CirculationQuestion['input'], ...CirculationQuestion['input'][]],
  ): Promise<CirculationQuestion['input']> {
    const hashes = inputs.map((input) => contentHash(subject, { kind: 'CIRCULATION', input }));
    const answered = await this.#store.answered(hashes);
    return inputs.find((_, index) => answered.has(hashes[index] as string)) ?? inputs[0];
  }

  async #require(id: string): Promise<RunRecord> {
    const run = await this.#store.find(id);
    if (!run) throw unknownRun(id);
    return run;
  }
}
