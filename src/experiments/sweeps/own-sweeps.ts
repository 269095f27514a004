/** Sweeps as whoever asks reaches them: what is not theirs is as if it were not there. All that a resolver is given. */
import { unknownSweep } from '../../errors.ts';
import type { ReadingOptions } from '../../reader.ts';
import { type Access, changes } from '../../runs/access.ts';
import type { Page } from '../../runs/page.ts';
import type { SweepRecord, SweepRowRecord, SweepRowStatus } from '../../runs/sweep-record.ts';
import type { Estimated } from './estimate.ts';
import type { SweepReader } from './progress.ts';
import type { Rows, SweepPace, SweepService } from './service.ts';

export class OwnSweeps {
  readonly #sweeps: SweepService;
  readonly #access: Access;

  constructor(sweeps: SweepService, access: Access) {
    this.#sweeps = sweeps;
    this.#access = access;
  }

  /** As `SweepService.start`, in an experiment of theirs. */
  start(experiment: string, rows: Rows, request: unknown, client?: string): Promise<SweepRecord> {
    return this.#sweeps.start(experiment, rows, request, { owner: this.#access.owner, client });
  }

  estimate(rows: Rows): Promise<Estimated> {
    return this.#sweeps.estimate(rows, this.#access.owner);
  }

  async find(id: string): Promise<SweepRecord | undefined> {
    const sweep = await this.#sweeps.find(id);
    return sweep && changes(this.#access, sweep) ? sweep : undefined;
  }

  /** Of an experiment that was found, newest first. */
  async list(experiment: { readonly id: string; readonly owner: string }, page: Page<string>): Promise<SweepRecord[]> {
    return changes(this.#access, experiment) ? this.#sweeps.list(experiment.id, page) : [];
  }

  /** Of a sweep that was found. */
  async rows(
    sweep: Pick<SweepRecord, 'id' | 'owner'>,
    page: Page<number>,
    statuses?: readonly SweepRowStatus[],
  ): Promise<SweepRowRecord[]> {
    return changes(this.#access, sweep) ? this.#sweeps.rows(sweep.id, page, statuses) : [];
  }

  paceOf(sweep: SweepRecord): SweepPace {
    return this.#sweeps.paceOf(sweep);
  }

  /** As `SweepService.follow`. @throws TributaryError UNKNOWN_SWEEP */
  async follow(id: string, options?: ReadingOptions): Promise<SweepReader> {
    await this.#require(id);
    return this.#sweeps.follow(id, options);
  }

  /** As `SweepService.cancel`. @throws TributaryError UNKNOWN_SWEEP, RUN_STATE */
  async cancel(id: string): Promise<SweepRecord> {
    await this.#require(id);
    return this.#sweeps.cancel(id);
  }

  /** As `SweepService.resume`. @throws TributaryError UNKNOWN_SWEEP, RUN_STATE */
  async resume(id: string, failed: boolean, client?: string): Promise<SweepRecord> {
    await this.#require(id);
    return this.#sweeps.resume(id, failed, client);
  }

  /** Stops the sweeps of an experiment that was found and is about to be deleted. */
  async leave(experiment: { readonly id: string; readonly owner: string }): Promise<void> {
    if (changes(this.#access, experiment)) await this.#sweeps.leave(experiment.id);
  }

  async #require(id: string): Promise<void> {
    if (!(await this.find(id))) throw unknownSweep(id);
  }
}
