/** Runs from the question to the stored answer: finds the one that answers it already, or starts one. */
import { randomUUID } from 'node:crypto';
import type { AttributionResult, AttributionSelection } from '../attribution/result.ts';
import { type ErrorCode, TributaryError, unknownRun } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import { answerOf, missing, partNames, partsOf } from './answer.ts';
import { contentHash } from './content-hash.ts';
import { EventReader } from './event-reader.ts';
import { Recorder } from './recorder.ts';
import { Signals } from './signals.ts';
import type { RunFilter, RunPage, RunStore } from './store.ts';
import { isOver, type Question, type RunRecord, type RunStep, type StoredEvent, type Subject } from './types.ts';

type AttributionQuestion = Extract<Question, { kind: 'LOGIT_ATTRIBUTION' }>;
type CirculationQuestion = Extract<Question, { kind: 'CIRCULATION' }>;

interface LiveRun {
  readonly controller: AbortController;
  /** Settles, never rejects, when the run is over and stored. */
  readonly over: Promise<void>;
}

const nothingFiner: AttributionSelection = { layers: false, sources: false, neurons: 0, edges: 0 };

export class RunService {
  readonly #store: RunStore;
  readonly #engine: Engine;
  readonly #onFault: (error: unknown) => void;
  readonly #signals = new Signals();
  readonly #live = new Map<string, LiveRun>();
  /** The last addition of parts to each run that is being added to. */
  readonly #adding = new Map<string, Promise<unknown>>();
  #closing = false;

  /** @param onFault is told of failures that are nobody's input's */
  constructor(store: RunStore, engine: Engine, onFault: (error: unknown) => void) {
    this.#store = store;
    this.#engine = engine;
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
    return this.#start(subject, { kind: 'CIRCULATION', input }, async (id, signal) => {
      const recorder = new Recorder(this.#store, this.#signals, id);
      const onStart = () => void this.#store.started(id);
      try {
        await this.#engine.circulate(subject.folder, input, {
          signal,
          onStart,
          onStep: (step) => recorder.record(step),
        });
      } finally {
        await recorder.flushed();
      }
    });
  }

  /** Starts an attribution, or finds the one under way or completed. Returns without waiting for it. */
  async startAttribution(
    subject: Subject,
    input: AttributionQuestion['input'],
    selection: AttributionSelection = nothingFiner,
  ): Promise<RunRecord> {
    return this.#start(subject, { kind: 'LOGIT_ATTRIBUTION', input }, async (id, signal) => {
      const onStart = () => void this.#store.started(id);
      const result = await this.#engine.attribute(subject.folder, { ...input, selection }, { signal, onStart });
      await this.#store.putParts(id, partsOf(result, selection), true);
    });
  }

  /**
   * The answer to an attribution, computed only as far as it is not stored.
   * @throws TributaryError as the engine's, where the run failed or was cancelled
   */
  async attribution(
    subject: Subject,
    input: AttributionQuestion['input'],
    selection: AttributionSelection,
  ): Promise<{ run: RunRecord; result: AttributionResult }> {
    const { id } = await this.startAttribution(subject, input, selection);
    await this.#live.get(id)?.over;
    const run = await this.#require(id);
    if (run.status !== 'COMPLETED') throw failureOf(run);
    return { run, result: await this.answer(run, subject, selection) };
  }

  /**
   * A completed attribution's answer; what the selection has more than is stored is computed and added.
   * @param subject null when the run's checkpoint is no longer there
   * @throws TributaryError CHECKPOINT when it would be needed
   */
  async answer(run: RunRecord, subject: Subject | null, selection: AttributionSelection): Promise<AttributionResult> {
    const { id, question } = run;
    if (question.kind !== 'LOGIT_ATTRIBUTION') throw new Error(`Run ${id} is no attribution`);
    // One addition after the other, so that two queries of the same finer grain compute it once.
    const added = (this.#adding.get(id) ?? Promise.resolve()).then(async () => {
      const rest = missing(selection, await this.#store.partNames(id));
      if (!rest) return;
      if (!subject)
        throw new TributaryError(
          'CHECKPOINT',
          `The checkpoint of run ${id} is gone or has changed; only what is stored can be shown`,
        );
      const result = await this.#engine.attribute(subject.folder, { ...question.input, selection: rest });
      await this.#store.putParts(id, partsOf(result, rest), false);
    });
    const settled = added.catch(() => undefined);
    this.#adding.set(id, settled);
    try {
      await added;
    } finally {
      if (this.#adding.get(id) === settled) this.#adding.delete(id);
    }
    return answerOf(await this.#store.parts(id, partNames(selection)), selection);
  }

  /** A run's events after `after`, then each new one until it ends. */
  events(runId: string, after?: number): EventReader {
    return new EventReader(this.#store, this.#signals, runId, after);
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

  /** Ends a run before its next block. @throws TributaryError UNKNOWN_RUN, RUN_STATE when it is over already */
  async cancel(id: string): Promise<RunRecord> {
    const run = await this.#require(id);
    const live = this.#live.get(id);
    if (isOver(run.status) || !live) {
      throw new TributaryError(
        'RUN_STATE',
        `Run ${id} is ${run.status} already; only a queued or running run can be cancelled`,
      );
    }
    live.controller.abort();
    await live.over;
    return this.#require(id);
  }

  /** Deletes a run and all it told. @throws TributaryError UNKNOWN_RUN, RUN_STATE while it is under way */
  async delete(id: string): Promise<RunRecord> {
    const run = await this.#require(id);
    if (!isOver(run.status))
      throw new TributaryError('RUN_STATE', `Run ${id} is ${run.status}; cancel it before deleting it`);
    await this.#store.delete(id);
    return run;
  }

  /** Ends the runs under way and stores that; the store stays open. */
  async close(): Promise<void> {
    this.#closing = true;
    const live = [...this.#live.values()];
    for (const { controller } of live) controller.abort();
    await Promise.all(live.map(({ over }) => over));
  }

  async #start(
    subject: Subject,
    question: Question,
    work: (id: string, signal: AbortSignal) => Promise<void>,
  ): Promise<RunRecord> {
    const { run, created } = await this.#store.findOrCreate(
      randomUUID(),
      subject,
      question,
      contentHash(subject, question),
    );
    if (!created) return run;
    const controller = new AbortController();
    const over = this.#execute(run.id, work, controller.signal);
    this.#live.set(run.id, { controller, over });
    return run;
  }

  /** Does the work of a run and stores how it ended, whichever way it does. */
  async #execute(
    id: string,
    work: (id: string, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await work(id, signal);
    } catch (error) {
      if (!(error instanceof TributaryError)) this.#onFault(error);
      await this.#store.append(id, [this.#closing ? interrupted : endOf(error)]).catch(this.#onFault);
    } finally {
      this.#live.delete(id);
      this.#signals.wake(id);
    }
  }

  async #require(id: string): Promise<RunRecord> {
    const run = await this.#store.find(id);
    if (!run) throw unknownRun(id);
    return run;
  }
}

const interrupted: RunStep = {
  type: 'FAILED',
  code: 'INTERRUPTED',
  message: 'The server stopped while this run was under way; ask again to run it anew',
};

function endOf(error: unknown): RunStep {
  if (error instanceof TributaryError) {
    return error.code === 'CANCELLED'
      ? { type: 'CANCELLED' }
      : { type: 'FAILED', code: error.code, message: error.message };
  }
  return { type: 'FAILED', code: 'INTERNAL', message: 'The run failed by a fault of the server; its log says more' };
}

function failureOf({ status, error }: RunRecord): Error {
  if (status === 'CANCELLED') return new TributaryError('CANCELLED', 'The run was cancelled');
  if (error && error.code !== 'INTERNAL') return new TributaryError(error.code as ErrorCode, error.message);
  return new Error(error?.message ?? `The run is ${status}`);
}
