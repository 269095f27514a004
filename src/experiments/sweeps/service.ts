/** Sweeps from what is asked for to their last row: stored whole before they begin, and gone on with after every start. */
import { TributaryError, unknownSweep } from '../../errors.ts';
import type { ReadingOptions } from '../../reader.ts';
import type { Page } from '../../runs/page.ts';
import type { SweepRecord, SweepRowRecord, SweepRowStatus } from '../../runs/sweep-record.ts';
import type { SweepStore } from '../../runs/sweep-store.ts';
import type { Asking } from '../../runs/types.ts';
import { type Estimated, estimated } from './estimate.ts';
import { Execution, type SweepTools } from './execution.ts';
import { SweepReader } from './progress.ts';
import type { PlannedRow } from './row.ts';
import { Askable, StoredRows } from './starting.ts';

export type Rows = AsyncIterable<PlannedRow>;

/** Whose sweep it is. */
export type Sweeping = Pick<Asking, 'owner' | 'client'>;

/** How fast a sweep goes on. */
export interface SweepPace {
  /** Null where nothing was computed lately. */
  readonly rowsPerSecond: number | null;
  /** Until it is over. */
  readonly secondsLeft: number | null;
}

export class SweepService {
  readonly #tools: SweepTools;
  readonly #store: SweepStore;
  readonly #underWay = new Map<string, Execution>();
  /** By sweep, the last of the cancellations and resumptions that are not done. */
  readonly #changing = new Map<string, Promise<unknown>>();
  #closed = false;

  constructor(tools: SweepTools) {
    this.#tools = tools;
    this.#store = tools.runs.sweeps;
  }

  /** Goes on with the sweeps that a process left behind. To be called before anything is asked, and when one has died since. */
  async recover(): Promise<SweepRecord[]> {
    if (this.#closed) return [];
    await this.#store.drop();
    const left = await this.#store.claim();
    for (const sweep of left) this.#execute(sweep);
    return left;
  }

  /**
   * Stores all rows, then begins. Returns without waiting for any of them.
   * @param experiment a name; the experiment is made where it is not there
   * @param request what was asked for, as it is to be kept
   * @param rows one at the least
   * @param asking.owner of the experiment, and so of all
   * @param asking.client whose turns it takes; absent: it is a client of its own
   * @throws TributaryError as the first row, where none can be asked
   */
  async start(
    experiment: string,
    rows: Rows,
    request: unknown,
    { owner = '', client }: Sweeping = {},
  ): Promise<SweepRecord> {
    if (this.#closed) throw new TributaryError('CANCELLED', 'The server is shutting down');
    const refusal = await this.#tools.runs.refusalOf({ owner, client });
    if (refusal) throw refusal;
    const stored = new StoredRows(this.#store, experiment, request, owner);
    try {
      const checked = new Askable(this.#tools.asking());
      for await (const row of rows) {
        await checked.check(row);
        await stored.add(row);
      }
      checked.require();
      const sweep = await stored.launch();
      this.#execute(sweep, client);
      return sweep;
    } catch (error) {
      await stored.drop().catch(this.#tools.onFault);
      throw error;
    }
  }

  /** What a sweep of an owner would take; nothing is stored. @throws TributaryError as `start` */
  estimate(rows: Rows, owner = ''): Promise<Estimated> {
    const { asking, ...tools } = this.#tools;
    return estimated(rows, { ...tools, ask: asking(), owner });
  }

  find(id: string): Promise<SweepRecord | undefined> {
    return this.#store.find(id);
  }

  /** Of an experiment, newest first. */
  list(experimentId: string, page: Page<string>): Promise<SweepRecord[]> {
    return this.#store.list(experimentId, page);
  }

  rows(id: string, page: Page<number>, statuses?: readonly SweepRowStatus[]): Promise<SweepRowRecord[]> {
    return this.#store.rows(id, page, statuses);
  }

  paceOf({ id, rowCount, done, failed }: SweepRecord): SweepPace {
    const rowsPerSecond = this.#underWay.get(id)?.ends.pace.rowsPerSecond ?? null;
    return { rowsPerSecond, secondsLeft: rowsPerSecond && (rowCount - done - failed) / rowsPerSecond };
  }

  /** How it goes on, from now to its end. @throws TributaryError UNKNOWN_SWEEP */
  async follow(id: string, options?: ReadingOptions): Promise<SweepReader> {
    await this.#require(id);
    return new SweepReader(this.#store, id, (id) => this.#underWay.get(id)?.ends, options);
  }

  /** Stops it before the next block; its rows that are left stay as they are. @throws TributaryError UNKNOWN_SWEEP, RUN_STATE */
  cancel(id: string): Promise<SweepRecord> {
    return this.#inTurn(id, async () => {
      const { status } = await this.#require(id);
      if (status === 'RUNNING') await this.#underWay.get(id)?.stop();
      const cancelled = await this.#store.end(id, 'CANCELLED');
      const sweep = await this.#require(id);
      if (cancelled) return sweep;
      throw new TributaryError(
        'RUN_STATE',
        `Sweep ${id} is ${sweep.status} already; only a running sweep can be cancelled`,
      );
    });
  }

  /**
   * Goes on with what is left of a sweep; one that is under way is left to itself.
   * @param failed whether rows that failed are asked again
   * @param client as of `start`
   * @throws TributaryError UNKNOWN_SWEEP; RUN_STATE where nothing is left
   */
  resume(id: string, failed: boolean, client?: string): Promise<SweepRecord> {
    return this.#inTurn(id, async () => {
      const sweep = await this.#require(id);
      if (this.#underWay.has(id) || (await this.#store.isElsewhere(id))) return sweep;
      if (sweep.done + (failed ? 0 : sweep.failed) === sweep.rowCount)
        throw new TributaryError(
          'RUN_STATE',
          `Nothing of sweep ${id} is left to be asked: ${sweep.done} rows are done, ${sweep.failed} have failed${sweep.failed > 0 ? '; `failed: true` asks those again' : ''}`,
        );
      await this.#store.reopen(id, failed);
      const reopened = await this.#require(id);
      this.#execute(reopened, client);
      return reopened;
    });
  }

  /** Stops the sweeps of an experiment that is about to be deleted. */
  async leave(experimentId: string): Promise<void> {
    const running = await this.#store.running();
    for (const { id } of running.filter((sweep) => sweep.experimentId === experimentId))
      await this.#inTurn(id, async () => {
        await this.#underWay.get(id)?.stop();
        await this.#store.end(id, 'CANCELLED');
      });
  }

  /** Stops those under way, to be gone on with after the next start. The store stays open. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#underWay.values(), (execution) => execution.stop()));
  }

  #execute(sweep: SweepRecord, client?: string): void {
    // Another request may have had it go on meanwhile.
    if (this.#closed || this.#underWay.has(sweep.id)) return;
    const execution = new Execution(sweep, this.#tools, client);
    this.#underWay.set(sweep.id, execution);
    const stopListening = this.#store.isShared
      ? this.#store.signals.listen(sweep.id, () => void this.#stopCancelled(sweep.id, execution))
      : () => undefined;
    void execution.over.then(() => {
      stopListening();
      this.#underWay.delete(sweep.id);
    });
  }

  /** Where another server has cancelled it. */
  async #stopCancelled(id: string, execution: Execution): Promise<void> {
    try {
      if ((await this.#store.find(id))?.status === 'CANCELLED') await execution.stop();
    } catch (error) {
      this.#tools.onFault(error);
    }
  }

  /** One after the other: what a cancellation has seen is what it cancels, and a resumption goes on with what is stopped. */
  async #inTurn<Result>(id: string, change: () => Promise<Result>): Promise<Result> {
    const result = Promise.resolve(this.#changing.get(id)).then(change);
    const over = result.catch(() => undefined);
    this.#changing.set(id, over);
    try {
      return await result;
    } finally {
      if (this.#changing.get(id) === over) this.#changing.delete(id);
    }
  }

  async #require(id: string): Promise<SweepRecord> {
    const sweep = await this.#store.find(id);
    if (!sweep) throw unknownSweep(id);
    return sweep;
  }
}
