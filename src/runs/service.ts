/** Runs from the question to the stored answer: finds the one that answers it already, or starts one. */

import { TributaryError, unknownRun } from '../errors.ts';
import { answering } from '../explain/circulation/figures.ts';
import type { GenerationRequest } from '../explain/generation/event.ts';
import type { Engine, Place } from '../jobs/engine.ts';
import type { ReadingOptions } from '../reader.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { Attributions } from './attributions.ts';
import { countdown, type Patience } from './audience.ts';
import { contentHash } from './content-hash.ts';
import { failureOf, interrupted, notCancellable } from './ending.ts';
import { EventReader, type ReaderOptions } from './event-reader.ts';
import type { Executor, RecordedQuestion } from './executor.ts';
import type { ExperimentStore } from './experiment-store.ts';
import type { StoreSize } from './housekeeping.ts';
import { type AroundRun, LiveRuns, type RefusalOf } from './live-runs.ts';
import { LocalExecutor } from './local-executor.ts';
import type { ManyRuns } from './many-runs.ts';
import type { EventPage, RunPage } from './page.ts';
import type { RunFilter } from './run-filter.ts';
import { RunList, type RunListReader } from './run-list.ts';
import { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import type { SweepStore } from './sweep-store.ts';
import {
  type Asking,
  isOver,
  type Question,
  type RunLabels,
  type RunRecord,
  type StoredEvent,
  type Subject,
} from './types.ts';
import type { UploadStore } from './upload-store.ts';

type CirculationQuestion = Extract<Question, { kind: 'CIRCULATION' }>;

export interface RunServiceParts {
  /** With runs that nobody reads. */
  readonly patience?: Partial<Patience>;
  /** Is asked before a run is made; absent: anybody may. */
  readonly refusalOf?: RefusalOf | undefined;
  /** In which each run is executed; absent: nothing. */
  readonly around?: AroundRun | undefined;
  /** How runs are computed; absent: by the engine, in this process. */
  readonly executor?: Executor | undefined;
  /** Are woken when a run has told something; absent: of its own. */
  readonly signals?: Signals | undefined;
}

export class RunService {
  readonly attributions: Attributions;
  /** Experiments, and which runs belong to them. */
  readonly experiments: ExperimentStore;
  /** What is stored of many runs at once. */
  readonly many: ManyRuns;
  /** Sweeps, and what has become of their rows. */
  readonly sweeps: SweepStore;
  /** Files of rows that were sent. */
  readonly uploads: UploadStore;
  readonly #store: RunStore;
  readonly #signals: Signals;
  readonly #executor: Executor;
  readonly #live: LiveRuns;
  readonly #refusalOf: RefusalOf;
  readonly #list: RunList;

  /**
   * @param engine computes what is added to answers
   * @param onFault is told of failures that are nobody's input's
   */
  constructor(
    store: RunStore,
    engine: Engine,
    onFault: (error: unknown) => void,
    {
      patience,
      signals = new Signals(),
      executor = new LocalExecutor(store, signals, engine),
      refusalOf = async () => undefined,
      around,
    }: RunServiceParts = {},
  ) {
    this.#store = store;
    this.#signals = signals;
    this.#executor = executor;
    this.#refusalOf = refusalOf;
    const parts = { store, signals, executor, onFault, refusalOf, around };
    this.#live = new LiveRuns({ ...parts, patience: { grace: 10_000, countdown, ...patience } });
    this.attributions = new Attributions(store, engine, this.#live, executor);
    this.#list = new RunList(store);
    this.experiments = store.experiments;
    this.many = store.many;
    this.sweeps = store.sweeps;
    this.uploads = store.uploads;
  }

  /** Why whoever asks may have no new run; undefined where they may. */
  refusalOf(asking: Asking): Promise<TributaryError | undefined> {
    return this.#refusalOf(asking);
  }

  /** Ends the runs that a process left behind when it died. To be called before anything is asked, and when one has died since. */
  async recover(): Promise<RunRecord[]> {
    const left = await this.#executor.left();
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
    const input = await this.#answered(subject, answering(asked), asking.owner);
    return this.#start(subject, { kind: 'CIRCULATION', input }, asking);
  }

  /** Starts a generation, or finds the one under way or completed; otherwise as `startCirculation`. */
  startGeneration(subject: Subject, input: GenerationRequest, asking: Asking = {}): Promise<RunRecord> {
    return this.#start(subject, { kind: 'GENERATION', input }, asking);
  }

  /** Where a run stands that waits for its turn, or stands aside; null for others. */
  async placeOf(runId: string): Promise<Place | null> {
    return (await (await this.#live.join(runId))?.ticket?.place()) ?? null;
  }

  /** A run's events after `after`, then each new one until it ends. Until it is left, the run has a reader. */
  events(runId: string, after?: number, options: Pick<ReaderOptions, 'signal' | 'turn'> = {}): EventReader {
    const onLeave = this.#live.attend(runId);
    return new EventReader(this.#store, this.#signals, this.#live.isUnderWay, runId, { ...options, after, onLeave });
  }

  /** A page of a run's stored events. */
  eventsOf(runId: string, page: EventPage): Promise<StoredEvent[]> {
    return this.#store.events.page(runId, page);
  }

  find(id: string): Promise<RunRecord | undefined> {
    return this.#store.find(id);
  }

  list(page: RunPage, filter?: RunFilter): Promise<RunRecord[]> {
    return this.#store.list(page, filter);
  }

  /** What people say of a run; what is not given stays as it is. @throws TributaryError UNKNOWN_RUN */
  async label(id: string, labels: RunLabels): Promise<RunRecord> {
    const run = await this.#store.label(id, labels);
    if (!run) throw unknownRun(id);
    return run;
  }

  /** Whether everybody who may read finds it by its id. @throws TributaryError UNKNOWN_RUN */
  async share(id: string, shared: boolean): Promise<RunRecord> {
    const run = await this.#store.share(id, shared);
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
    const live = await this.#live.join(id);
    await unlessAborted(live?.over ?? Promise.resolve(), signal);
    const run = await this.#require(id);
    if (run.status === 'COMPLETED') return run;
    throw live?.refusal ?? failureOf(run);
  }

  /** Does anybody here read it while it is under way, or has asked to keep it? */
  isWanted(runId: string): boolean {
    return this.#live.find(runId)?.audience.isThere ?? false;
  }

  /** Is it under way, told to somebody, or added to? */
  isInUse(runId: string): boolean {
    return this.#live.find(runId) !== undefined || this.#signals.isHeard(runId) || this.attributions.isAdding(runId);
  }

  /** What there is, and what it takes of the disk. @param owner what is theirs alone */
  size(owner?: string): Promise<StoreSize> {
    const { housekeeping } = this.#store;
    return owner === undefined ? housekeeping.size() : housekeeping.sizeOf(owner);
  }

  /**
   * Ends a run before its next block; of a completed one, what is being added to it.
   * @throws TributaryError UNKNOWN_RUN, RUN_STATE when it is over already or was before the cancellation reached it
   */
  async cancel(id: string): Promise<RunRecord> {
    let run = await this.#require(id);
    if (isOver(run.status)) {
      if (await this.attributions.cancelAdditions(id)) return run;
      throw notCancellable(run);
    }
    const live = await this.#live.join(id);
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
    await this.attributions.cancelAdditions(id);
    return run;
  }

  /** Ends the runs under way and stores that; starts no more. The store stays open. */
  async close(): Promise<void> {
    await Promise.all([this.#live.close(), this.attributions.close()]);
    this.#store.changes.close();
  }

  /** A run whose job tells all of its events. */
  async #start(subject: Subject, question: RecordedQuestion, asking: Asking): Promise<RunRecord> {
    const work = this.#executor.record(subject, question, asking.client);
    const { run, leave } = await this.#live.start(subject, question, work, asking);
    leave();
    return run;
  }

  /** The first of these questions that has an answer, or is about to have one; the first of all where none has. */
  async #answered(
    subject: Subject,
    inputs: readonly [CirculationQuestion['input'], ...CirculationQuestion['input'][]],
    owner: string | undefined,
  ): Promise<CirculationQuestion['input']> {
    const hashes = inputs.map((input) => contentHash(subject, { kind: 'CIRCULATION', input }));
    const answered = await this.#store.many.standing(hashes, owner);
    return inputs.find((_, index) => answered.has(hashes[index] as string)) ?? inputs[0];
  }

  async #require(id: string): Promise<RunRecord> {
    const run = await this.#store.find(id);
    if (!run) throw unknownRun(id);
    return run;
  }
}
