/** A sweep while it is under way: asks the rows that are left, a window at a time, and stores what becomes of them. */
import { TributaryError } from '../../errors.ts';
import type { Engine } from '../../jobs/engine.ts';
import { portionsOf } from '../../portions.ts';
import { missing } from '../../runs/answer.ts';
import { mostAtOnce } from '../../runs/many-runs.ts';
import type { RunService } from '../../runs/service.ts';
import type { EndedRow, SweepRecord } from '../../runs/sweep-record.ts';
import { BatchLane } from './batch-lane.ts';
import { batchesOf } from './batches.ts';
import { eachOf } from './each-of.ts';
import { Ends } from './ends.ts';
import { latest, pause, soonest, untilStored } from './patience.ts';
import { type AttributionAsked, type LeftRow, questionsOf } from './questions.ts';
import type { AskRow, RowRequest } from './row.ts';
import { endOf, type SingleAsked } from './single.ts';

export interface SweepTools {
  readonly runs: RunService;
  readonly engine: Engine;
  /** Begins to ask rows: those that are asked together look up a model once. */
  readonly asking: () => AskRow;
  /** How many jobs are computed at once, of whichever model. Absent: one. */
  readonly places?: () => Promise<number>;
  /** Told of failures that are nobody's input's. */
  readonly onFault: (error: unknown) => void;
}

/** Rows that are read, and grouped into batches, together. */
const windowSize = 2000;
/** Other questions, each a job of its own. */
const singlesAtOnce = 3;

/** What is to be computed of a window. */
interface Work {
  readonly batches: readonly (readonly AttributionAsked[])[];
  readonly singles: readonly SingleAsked[];
  /** The row that was read last; undefined: none is left. */
  readonly last: number | undefined;
}

export class Execution {
  /** Settles, never rejects, when it is over or has stopped. */
  readonly over: Promise<void>;
  readonly ends: Ends;
  readonly #tools: SweepTools;
  readonly #sweep: SweepRecord;
  readonly #client: string;
  readonly #stopping = new AbortController();
  readonly #lane: BatchLane;

  /** @param client whose turns it takes; without one it is a client of its own */
  constructor(sweep: SweepRecord, tools: SweepTools, client = `sweep ${sweep.id}`) {
    const { runs, engine, onFault } = tools;
    const { signal } = this.#stopping;
    this.#sweep = sweep;
    this.#tools = tools;
    // Turns are taken by client: what others ask comes between two batches, also of whoever has asked for the sweep.
    this.#client = client;
    this.ends = new Ends(runs.sweeps, sweep.id, signal, onFault);
    const refusal = () => runs.refusalOf({ owner: sweep.owner, client });
    this.#lane = new BatchLane({ engine, ends: this.ends, client, refusal, signal, onFault });
    // Stopped, otherwise it does not end before it is over.
    this.over = this.#run().catch(() => undefined);
  }

  /** Stops before the next block; what is not stored by then is left. Settles when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new TributaryError('CANCELLED', 'The sweep was stopped'));
    await this.over;
  }

  /** After a fault of the server it begins anew with what is left, as after a restart. */
  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let seconds = soonest; ; seconds = Math.min(2 * seconds, latest)) {
      try {
        return await this.#finish();
      } catch (error) {
        signal.throwIfAborted();
        this.#tools.onFault(error);
        await pause(seconds, signal);
      }
    }
  }

  async #finish(): Promise<void> {
    // More than once where a run was deleted before its row could be told of it.
    for (;;) {
      const before = this.ends.count;
      if (!(await this.#pass())) break;
      if (this.ends.count === before) await pause(soonest, this.#stopping.signal);
    }
    await this.#stored(() => this.#tools.runs.sweeps.end(this.#sweep.id, 'COMPLETED'));
  }

  /** All that is left, once. @returns whether there was something */
  async #pass(): Promise<boolean> {
    let next = this.#prepare(undefined);
    try {
      for (let passed = false; ; passed = true) {
        const { last, ...work } = await next;
        if (last === undefined) return passed;
        next = this.#prepare(last);
        // It is waited for later.
        next.catch(() => undefined);
        await this.#perform(work);
      }
    } finally {
      await next.catch(() => undefined);
    }
  }

  /** Reads the window behind a row; ends those rows of it for which nothing need be computed. */
  async #prepare(after: number | undefined): Promise<Work> {
    const { runs, asking, onFault } = this.#tools;
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    const page = { limit: windowSize, after };
    const rows = await this.#stored(() => runs.sweeps.rows(this.#sweep.id, page, ['PENDING']));
    const left = rows.map(({ index, request }): LeftRow => ({ index, request: request as RowRequest }));
    const { attributions, others, failed } = await questionsOf(left, asking(), onFault, signal);
    if (failed.length > 0) await this.ends.fail(failed);
    const open: AttributionAsked[] = [];
    const singles: SingleAsked[] = [...others];
    for (const asked of portionsOf(attributions, mostAtOnce)) {
      const standing = await this.#stored(() =>
        runs.many.standing(
          asked.map(({ contentHash }) => contentHash),
          this.#sweep.owner,
        ),
      );
      const found: EndedRow[] = [];
      for (const one of asked) {
        const run = standing.get(one.contentHash);
        if (!run) open.push(one);
        else if (run.status !== 'COMPLETED' || missing(one.own, run.parts)) singles.push(one);
        else found.push(...one.rows.map((index) => ({ index, runId: run.id, found: true })));
      }
      if (found.length > 0) await this.ends.link(found);
    }
    return { batches: batchesOf(open), singles, last: rows.at(-1)?.index };
  }

  async #perform({ batches, singles }: Omit<Work, 'last'>): Promise<void> {
    // One more than are computed: while they are, the answers of another are stored.
    const batchesAtOnce = 1 + Math.max(1, (await this.#tools.places?.().catch(() => 1)) ?? 1);
    await Promise.all([
      eachOf(batches, batchesAtOnce, async (batch) => {
        const underWay = await this.#lane.perform(batch);
        await eachOf(underWay, singlesAtOnce, (one) => this.#single(one));
      }),
      eachOf(singles, singlesAtOnce, (one) => this.#single(one)),
    ]);
  }

  async #single(asked: SingleAsked): Promise<void> {
    const { runs, onFault } = this.#tools;
    const { signal } = this.#stopping;
    const { done, failed } = await endOf(asked, {
      runs,
      owner: this.#sweep.owner,
      client: this.#client,
      signal,
      onFault,
    });
    if (done) await this.ends.link(done);
    if (failed) await this.ends.fail(failed);
  }

  #stored<Result>(work: () => Promise<Result>): Promise<Result> {
    return untilStored(work, this.#stopping.signal, this.#tools.onFault);
  }
}
