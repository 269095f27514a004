/** The runs under way: each is found or begun, does its work, and has its end stored whichever way that goes. */
import { TributaryError } from '../errors.ts';
import type { AttributionSelection } from '../explain/attribution/result.ts';
import type { Patience } from './audience.ts';
import { contentHash } from './content-hash.ts';
import { endOf, interrupted } from './ending.ts';
import { LiveRun, type Told } from './live-run.ts';
import { profileOf } from './profile.ts';
import type { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import { type Asking, isOver, type Question, type RunRecord, type Subject } from './types.ts';

/** What a run does, from its first step to its last. @param told has to be told of its job */
export type Work = (id: string, live: LiveRun, told: Told) => Promise<void>;

/** Why whoever asks may have no new run; undefined where they may. */
export type RefusalOf = (asking: Asking) => Promise<TributaryError | undefined>;

/** A place among those who wait for a run, until it is left. */
export interface Place {
  readonly run: RunRecord;
  readonly leave: () => void;
}

export class LiveRuns {
  readonly #store: RunStore;
  readonly #signals: Signals;
  readonly #onFault: (error: unknown) => void;
  readonly #patience: Patience;
  readonly #refusalOf: RefusalOf;
  readonly #live = new Map<string, LiveRun>();
  #closing = false;

  /**
   * @param signals are woken when a run is over
   * @param onFault is told of failures that are nobody's input's
   * @param patience with runs that nobody reads
   * @param refusalOf is asked before a run is made
   */
  constructor(
    store: RunStore,
    signals: Signals,
    onFault: (error: unknown) => void,
    patience: Patience,
    refusalOf: RefusalOf,
  ) {
    this.#store = store;
    this.#signals = signals;
    this.#onFault = onFault;
    this.#patience = patience;
    this.#refusalOf = refusalOf;
  }

  readonly isUnderWay = (runId: string): boolean => this.#live.has(runId);

  find(runId: string): LiveRun | undefined {
    return this.#live.get(runId);
  }

  /**
   * The run that answers a question, with a place in it; one that has been stopped is waited for, and started anew.
   * @param ledger of an attribution, what its events will tell
   */
  async start(
    subject: Subject,
    question: Question,
    work: Work,
    asking: Asking,
    ledger: AttributionSelection = {},
  ): Promise<Place> {
    const hash = contentHash(subject, question);
    for (;;) {
      const refusal = await this.#refusalOf(asking);
      if (this.#closing) throw new TributaryError('CANCELLED', 'The server is shutting down');
      const id = this.#store.newId();
      const { experiments, owner } = asking;
      const { isUnderWay } = this;
      const found = this.#store.findOrCreate(id, subject, question, hash, isUnderWay, experiments, refusal, owner);
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

  /** Ends those under way and stores that; starts no more. */
  async close(): Promise<void> {
    this.#closing = true;
    const live = [...this.#live.values()];
    for (const run of live) run.stop(interrupted);
    await Promise.all(live.map(({ over }) => over));
  }

  /** Does the work of a run and stores how it ended. */
  async #execute(id: string, work: Work, live: LiveRun): Promise<void> {
    const queued = performance.now();
    let began = queued;
    const told: Told = {
      onStart: () => {
        began = performance.now();
        this.#store.started(id).catch((fault) => this.#onFault(fault));
      },
      onQueue: (ticket) => {
        live.ticket = ticket;
      },
      onTook: (took, sharedBy = 1) => {
        live.profile = profileOf(took, (began - queued) / 1000, sharedBy);
      },
    };
    try {
      await work(id, live, told);
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
}
