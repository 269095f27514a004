/** The runs under way: each is found or begun, does its work, and has its end stored whichever way that goes. */
import { TributaryError } from '../errors.ts';
import type { AttributionSelection } from '../explain/attribution/result.ts';
import type { Patience } from './audience.ts';
import { contentHash } from './content-hash.ts';
import { interrupted } from './ending.ts';
import { execute, type Work } from './execution.ts';
import type { Executor } from './executor.ts';
import { LiveRun } from './live-run.ts';
import type { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import { type Asking, isOver, type Question, type RunRecord, type Subject } from './types.ts';

/** Executes a run, in whatever surroundings. */
export type AroundRun = (
  run: { readonly id: string; readonly kind: Question['kind']; readonly model: string },
  execute: () => Promise<void>,
) => Promise<void>;

/** Why whoever asks may have no new run; undefined where they may. */
export type RefusalOf = (asking: Asking) => Promise<TributaryError | undefined>;

/** A place among those who wait for a run, until it is left. */
export interface Place {
  readonly run: RunRecord;
  readonly leave: () => void;
}

export interface LiveRunsParts {
  readonly store: RunStore;
  /** Are woken when a run is over. */
  readonly signals: Signals;
  /** Knows the runs that other processes have under way. */
  readonly executor: Executor;
  /** Is told of failures that are nobody's input's. */
  readonly onFault: (error: unknown) => void;
  /** With runs that nobody reads. */
  readonly patience: Patience;
  /** Is asked before a run is made. */
  readonly refusalOf: RefusalOf;
  /** In which each is executed; absent: nothing. */
  readonly around?: AroundRun | undefined;
}

interface Beginning {
  /** Where it was not created, its work is not done here. */
  readonly found: Promise<{ readonly created: boolean }>;
  readonly client?: string | undefined;
  readonly ledger?: AttributionSelection;
  readonly around?: (execute: () => Promise<void>) => Promise<void>;
}

export class LiveRuns {
  readonly #store: RunStore;
  readonly #signals: Signals;
  readonly #executor: Executor;
  readonly #onFault: (error: unknown) => void;
  readonly #patience: Patience;
  readonly #around: AroundRun;
  readonly #refusalOf: RefusalOf;
  readonly #live = new Map<string, LiveRun>();
  /** Runs of which it is being asked whether another process has them under way. */
  readonly #joining = new Map<string, Promise<LiveRun | undefined>>();
  #closing = false;

  constructor({ store, signals, executor, onFault, patience, refusalOf, around }: LiveRunsParts) {
    this.#store = store;
    this.#signals = signals;
    this.#executor = executor;
    this.#onFault = onFault;
    this.#patience = patience;
    this.#refusalOf = refusalOf;
    this.#around = around ?? ((_, execute) => execute());
  }

  /** Is it under way, here or in another process? */
  readonly isUnderWay = (runId: string): boolean | Promise<boolean> => {
    const found = this.join(runId);
    return found instanceof Promise ? found.then(Boolean) : found !== undefined;
  };

  /** A run that is under way here: one of another process is from when it was joined. */
  find(runId: string): LiveRun | undefined {
    return this.#live.get(runId);
  }

  /** A run that is under way, here or in another process. */
  join(runId: string): LiveRun | undefined | Promise<LiveRun | undefined> {
    const known = this.#live.get(runId) ?? this.#joining.get(runId);
    if (known || this.#closing) return known;
    const found = this.#executor.join(runId);
    if (!found) return undefined;
    const joining = found
      .then(
        (work) =>
          work && (this.#live.get(runId) ?? this.#begin(runId, work, { found: Promise.resolve({ created: true }) })),
      )
      .finally(() => this.#joining.delete(runId));
    this.#joining.set(runId, joining);
    return joining;
  }

  /** One more reads the run, if it is under way. @returns leaves */
  attend(runId: string): () => void {
    const found = this.join(runId);
    if (!(found instanceof Promise)) return found?.audience.join() ?? (() => undefined);
    // Whether it is under way the reader asks too, and is told of a fault.
    const left = found.then((live) => live?.audience.join()).catch(() => undefined);
    return () => void left.then((leave) => leave?.());
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
      // Before its row is there: so whoever finds the row finds the run under way, and `close` waits for it.
      const made = { id, kind: question.kind, model: subject.name };
      const around = (execute: () => Promise<void>) => this.#around(made, execute);
      this.#begin(id, work, { found, client: asking.client, ledger, around });
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
    this.#executor.leave();
    const live = [...this.#live.values()];
    for (const run of live) run.stop(interrupted);
    await Promise.all(live.map(({ over }) => over));
  }

  #begin(id: string, work: Work, { found, client, ledger = {}, around = (execute) => execute() }: Beginning): LiveRun {
    const tools = { recording: this.#store, onFault: this.#onFault };
    const over = found
      .then(({ created }) => (created ? around(() => execute(id, work, live, tools)) : undefined))
      // Whoever asked is told of it.
      .catch(() => undefined)
      .finally(() => {
        this.#live.delete(id);
        this.#signals.wake(id);
      });
    const live = new LiveRun({ patience: this.#patience, over, client, ledger, onDeserted: () => this.#deserted(id) });
    this.#live.set(id, live);
    return live;
  }

  #deserted(id: string): void {
    const wanted = this.#executor.isWantedElsewhere(id);
    if (!wanted) this.#live.get(id)?.desert();
    else
      wanted.then((still) => {
        if (!still) this.#live.get(id)?.desert();
      }, this.#onFault);
  }
}
