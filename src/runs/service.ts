/** Runs from the question to the stored answer: finds the one that answers it already, or starts one. */

import { TributaryError, unknownRun } from '../errors.ts';
import { ledgerIn } from '../explain/attribution/ledger/ledger.ts';
import { selectable } from '../explain/attribution/parts.ts';
import type { AttributionRequest, AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';
import type { CirculationStep } from '../explain/circulation/event.ts';
import { answering } from '../explain/circulation/figures.ts';
import type { Engine, Place as PlaceInQueue } from '../jobs/engine.ts';
import { circulation } from '../jobs/kinds/circulation.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { Answers, type Reading } from './answers.ts';
import { attribute, lacking } from './attribution-work.ts';
import { countdown, type Patience } from './audience.ts';
import { contentHash } from './content-hash.ts';
import { endOf, failureOf, interrupted, lost, notCancellable } from './ending.ts';
import { EventReader, type ReaderOptions } from './event-reader.ts';
import { LiveRun } from './live-run.ts';
import { Recorder } from './recorder.ts';
import type { RunFilter } from './run-filter.ts';
import { SharedAttribution } from './shared-attribution.ts';
import { Signals } from './signals.ts';
import type { EventPage, RunPage, RunStore } from './store.ts';
import { type Asking, isOver, type Question, type RunRecord, type StoredEvent, type Subject } from './types.ts';

/** Questions that differ in their targets alone. */
type AttributionQuestions = Omit<AttributionRequest, 'selection'>;
type CirculationQuestion = Extract<Question, { kind: 'CIRCULATION' }>;

/** What a run does, from its first step to its last. */
type Work = (id: string, live: LiveRun) => Promise<void>;

interface Answered {
  readonly run: RunRecord;
  readonly result: AttributionResult;
}

/** A place among those who wait for a run, until it is left. */
interface Place {
  readonly run: RunRecord;
  readonly leave: () => void;
}

export class RunService {
  readonly #store: RunStore;
  readonly #engine: Engine;
  readonly #answers: Answers;
  readonly #onFault: (error: unknown) => void;
  readonly #patience: Patience;
  readonly #signals = new Signals();
  readonly #live = new Map<string, LiveRun>();
  readonly #isUnderWay = (runId: string) => this.#live.has(runId);
  #closing = false;

  /**
   * @param onFault is told of failures that are nobody's input's
   * @param patience with runs that nobody reads
   */
  constructor(store: RunStore, engine: Engine, onFault: (error: unknown) => void, patience: Partial<Patience> = {}) {
    this.#store = store;
    this.#engine = engine;
    this.#answers = new Answers(store, engine);
    this.#onFault = onFault;
    this.#patience = { grace: 10_000, countdown, ...patience };
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
    const work: Work = async (id, live) => {
      const recorder = new Recorder(this.#store, this.#signals, id, () => live.stop(lost));
      const onStart = () => this.#started(id);
      const onStep = (step: CirculationStep) => {
        recorder.record(step);
        if (step.type === 'LAYER') live.progress = (step.layer + 1) / input.layers;
      };
      try {
        const { signal } = live;
        const { client } = asking;
        await this.#engine.run(circulation, subject, input, {
          signal,
          client,
          onQueue: (ticket) => {
            live.ticket = ticket;
          },
          onStart,
          onStep,
        });
      } finally {
        await recorder.flushed();
      }
      if (!recorder.completed) throw new Error('The engine ended a circulation without completing it');
    };
    const { run, leave } = await this.#start(subject, { kind: 'CIRCULATION', input }, work, asking);
    leave();
    return run;
  }

  /**
   * Starts a logit attribution for each target, or finds those under way or completed. Those that start share the
   * model's own pass. Returns without waiting for them.
   */
  async startAttributions(
    subject: Subject,
    questions: AttributionQuestions,
    selection: AttributionSelection = {},
    asking: Asking = {},
  ): Promise<RunRecord[]> {
    const places = await this.#startAttributions(subject, questions, selection, asking);
    for (const { leave } of places) leave();
    return places.map(({ run }) => run);
  }

  /**
   * The answer for each target, computed only as far as it is not stored.
   * @param asking.signal ends the waiting, and what is computed when nobody else waits for it or has asked to keep it
   * @throws TributaryError as the engine's, where a run failed or was cancelled
   */
  async attributions(
    subject: Subject,
    questions: AttributionQuestions,
    selection: AttributionSelection,
    { signal, ...asking }: Asking & Reading = {},
  ): Promise<Answered[]> {
    const left = asking.keep ? undefined : signal;
    const answered = async (asked: AttributionQuestions, again = false): Promise<Answered[]> => {
      const places = await this.#startAttributions(subject, asked, selection, asking);
      const lives = places.map(({ run }) => this.#live.get(run.id));
      try {
        await unlessAborted(Promise.all(lives.map((live) => live?.over)), left);
      } finally {
        for (const { leave } of places) leave();
      }
      return Promise.all(
        places.map(async ({ run: { id } }, index) => {
          const run = await this.#require(id);
          const { client } = asking;
          if (run.status === 'COMPLETED')
            return { run, result: await this.answer(run, subject, selection, { signal: left, client }) };
          const live = lives[index];
          // Who asked first may have used up a share of the queue that is not everybody's. Once: for all there may be no room.
          const another = live?.refusal?.details.retryAfter !== undefined && live.client !== client;
          const targets = asked.targets.slice(index, index + 1);
          if (another && !again) return (await answered({ ...asked, targets }, true))[0] as Answered;
          throw live?.refusal ?? failureOf(run);
        }),
      );
    };
    signal?.throwIfAborted();
    return unlessAborted(answered(questions), signal);
  }

  /**
   * A completed attribution's answer; what the selection has more than is stored is computed and added.
   * @param subject null when the run's checkpoint is no longer there
   * @param reading.signal ends the waiting, and what is computed when nobody else waits for it
   * @throws TributaryError CHECKPOINT when it would be needed, RUN_STATE when the method has changed since
   */
  async answer(
    run: RunRecord,
    subject: Subject | null,
    selection: AttributionSelection,
    reading: Reading = {},
  ): Promise<AttributionResult> {
    const { id, question } = run;
    if (question.kind !== 'LOGIT_ATTRIBUTION') throw new Error(`Run ${id} is no attribution`);
    return this.#answers.read(run, question, subject, selection, reading);
  }

  /**
   * Has the events of an attribution tell what is selected of its ledger. Where the run under way was not asked for that, it
   * is computed and added to them when the run is over, and figures that it has stay as they are. A circulation tells what it tells.
   * @param subject null when the run's checkpoint is no longer there
   * @param reading.signal ends the waiting, and what is computed when nobody else waits for it
   * @throws TributaryError as `answer`
   */
  async tell(
    { id, question }: RunRecord,
    subject: Subject | null,
    selection: AttributionSelection,
    reading: Reading = {},
  ): Promise<void> {
    if (question.kind !== 'LOGIT_ATTRIBUTION') return;
    const live = this.#live.get(id);
    if (live && !lacking(live, selectable(question.input, selection))) return;
    await unlessAborted(live?.over ?? Promise.resolve(), reading.signal);
    const run = await this.#require(id);
    if (run.status === 'COMPLETED') await this.#answers.tell(run, question, subject, selection, reading);
  }

  /** What is selected of the ledger that the events of an attribution do not tell. */
  async untold(run: RunRecord, selection: AttributionSelection): Promise<AttributionSelection> {
    const { question } = run;
    if (question.kind !== 'LOGIT_ATTRIBUTION') return {};
    const live = this.#live.get(run.id);
    if (live) return lacking(live, selectable(question.input, selection)) ?? {};
    return (await this.#answers.untold(run, question, selection)) ?? {};
  }

  /** Where a run stands that waits for its turn, or stands aside; null for others. */
  async placeOf(runId: string): Promise<PlaceInQueue | null> {
    return (await this.#live.get(runId)?.ticket?.place()) ?? null;
  }

  /** A run's events after `after`, then each new one until it ends. Until it is left, the run has a reader. */
  events(runId: string, after?: number, options: Pick<ReaderOptions, 'signal' | 'turn'> = {}): EventReader {
    const onLeave = this.#live.get(runId)?.audience.join();
    return new EventReader(this.#store, this.#signals, this.#isUnderWay, runId, { ...options, after, onLeave });
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
    for (const run of live) run.stop(interrupted);
    await Promise.all([...live.map(({ over }) => over), this.#answers.close()]);
  }

  /** A place in the run for each target; none where one of them could not be started. */
  async #startAttributions(
    subject: Subject,
    { targets, ...input }: AttributionQuestions,
    selection: AttributionSelection,
    asking: Asking,
  ): Promise<Place[]> {
    const selected = selectable(input, selection);
    const shared = new SharedAttribution(this.#engine, subject, input, selected, asking.client);
    const started = await Promise.allSettled(
      targets.map((target) => {
        const work: Work = (id, live) => {
          const onStart = () => this.#started(id);
          const [store, signals] = [this.#store, this.#signals];
          return attribute(id, live, { store, signals, shared, target, selection: selected, onStart });
        };
        const question: Question = { kind: 'LOGIT_ATTRIBUTION', input: { ...input, target } };
        return this.#start(subject, question, work, asking, ledgerIn(selected));
      }),
    );
    // Also when one could not be started: the others have joined.
    shared.launch();
    const places = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const refused = started.find((start) => start.status === 'rejected');
    if (!refused) return places;
    for (const { leave } of places) leave();
    throw refused.reason;
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

  /** The run that answers a question, with a place in it; one that has been stopped is waited for, and started anew. */
  async #start(
    subject: Subject,
    question: Question,
    work: Work,
    asking: Asking,
    ledger: AttributionSelection = {},
  ): Promise<Place> {
    const hash = contentHash(subject, question);
    for (;;) {
      if (this.#closing) throw new TributaryError('CANCELLED', 'The server is shutting down');
      const id = this.#store.newId();
      const found = this.#store.findOrCreate(id, subject, question, hash, this.#isUnderWay);
      const over = found
        .then(({ created }) => (created ? this.#execute(id, work, live) : undefined))
        // Whoever asked is told below.
        .catch(() => undefined)
        .finally(() => {
          this.#live.delete(id);
          this.#signals.wake(id);
        });
      const live = new LiveRun(this.#patience, over, asking.client, ledger);
      // Before its row is there: so whoever finds the row finds the run under way, and `close` waits for it.
      this.#live.set(id, live);
      const { run, created } = await found;
      const joined = this.#live.get(run.id);
      // Stopped, or over since it was read.
      if (!created && (joined ? joined.end : !isOver(run.status))) {
        await joined?.over;
        continue;
      }
      if (!created && asking.client !== undefined) joined?.ticket?.join(asking.client);
      if (asking.keep) joined?.audience.keep();
      return { run, leave: joined?.audience.join() ?? (() => undefined) };
    }
  }

  /** Does the work of a run and stores how it ended, whichever way it does. */
  async #execute(id: string, work: Work, live: LiveRun): Promise<void> {
    try {
      await work(id, live);
    } catch (error) {
      // What is expected has a cause where that is for the log: a full disk.
      if (!(error instanceof TributaryError) || error.cause) this.#onFault(error);
      if (error instanceof TributaryError && error.code === 'OVER_CAPACITY') live.refusal = error;
      const end = endOf(error);
      await this.#store
        .append(id, [end.type === 'CANCELLED' ? (live.end ?? end) : end])
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
