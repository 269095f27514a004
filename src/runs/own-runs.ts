/**
 * Runs, and what belongs to them, as whoever asks reaches them: what is not theirs is as if it were not there, and what others
 * share is read and no more. All that a resolver is given: there is no way past it.
 */
import { unknownRun } from '../errors.ts';
import type { ReadingOptions } from '../reader.ts';
import { type Access, changes, reached, readOnly, reads } from './access.ts';
import type { EventReader, ReaderOptions } from './event-reader.ts';
import type { ExperimentStore } from './experiment-store.ts';
import type { StoreSize } from './housekeeping.ts';
import type { ManyRuns } from './many-runs.ts';
import { OwnAttributions } from './own-attributions.ts';
import type { EventPage, RunPage } from './page.ts';
import type { RunFilter } from './run-filter.ts';
import type { RunListReader } from './run-list.ts';
import type { RunService } from './service.ts';
import type { SweepRecord } from './sweep-record.ts';
import type { Asking, RunLabels, RunRecord, StoredEvent } from './types.ts';
import type { UploadedRow, UploadRecord } from './upload-store.ts';

/** What says whether a run is reached: one that was found has it. */
type Found = Pick<RunRecord, 'id' | 'owner' | 'shared'>;

export class OwnRuns {
  readonly attributions: OwnAttributions;
  readonly experiments: ExperimentStore;
  readonly many: ManyRuns;
  readonly sweeps: { find(id: string): Promise<SweepRecord | undefined> };
  readonly uploads: {
    find(id: string): Promise<UploadRecord | undefined>;
    rows(upload: Pick<UploadRecord, 'id' | 'rowCount'>): AsyncGenerator<UploadedRow, void>;
  };
  readonly #runs: RunService;
  readonly #access: Access;

  constructor(runs: RunService, access: Access) {
    this.#runs = runs;
    this.#access = access;
    this.attributions = new OwnAttributions(runs.attributions, access);
    this.experiments = runs.experiments.of(access);
    this.many = runs.many.of(access);
    this.sweeps = {
      find: async (id) => {
        const sweep = await runs.sweeps.find(id);
        return sweep && changes(access, sweep) ? sweep : undefined;
      },
    };
    this.uploads = { find: (id) => runs.uploads.find(id, access), rows: (upload) => runs.uploads.rows(upload) };
  }

  startCirculation(...[subject, asked, asking]: Parameters<RunService['startCirculation']>): Promise<RunRecord> {
    return this.#runs.startCirculation(subject, asked, this.#owned(asking));
  }

  startGeneration(...[subject, input, asking]: Parameters<RunService['startGeneration']>): Promise<RunRecord> {
    return this.#runs.startGeneration(subject, input, this.#owned(asking));
  }

  placeOf(run: Found): ReturnType<RunService['placeOf']> {
    this.#require(run);
    return this.#runs.placeOf(run.id);
  }

  /** As `RunService.events`. @throws TributaryError UNKNOWN_RUN */
  events(run: Found, after?: number, options: Pick<ReaderOptions, 'signal' | 'turn'> = {}): EventReader {
    this.#require(run);
    return this.#runs.events(run.id, after, options);
  }

  /** A page of a run's stored events. @throws TributaryError UNKNOWN_RUN */
  async eventsOf(run: Found, page: EventPage): Promise<StoredEvent[]> {
    this.#require(run);
    return this.#runs.eventsOf(run.id, page);
  }

  async find(id: string): Promise<RunRecord | undefined> {
    const run = await this.#runs.find(id);
    return run && reads(this.#access, run) ? run : undefined;
  }

  /** Those that others share are in nobody else's list. */
  list(page: RunPage, filter: RunFilter = {}): Promise<RunRecord[]> {
    return this.#runs.list(page, reached(filter, this.#access));
  }

  /** As `RunService.changes`, of what is listed. */
  changes(filter: RunFilter, options?: ReadingOptions): RunListReader {
    return this.#runs.changes(reached(filter, this.#access), options);
  }

  /** As `RunService.label`. @throws TributaryError UNKNOWN_RUN, READ_ONLY */
  async label(id: string, labels: RunLabels): Promise<RunRecord> {
    await this.#requireOwn(id);
    return this.#runs.label(id, labels);
  }

  /** Whether everybody who may read finds it by its id. @throws TributaryError UNKNOWN_RUN, READ_ONLY */
  async share(id: string, shared: boolean): Promise<RunRecord> {
    await this.#requireOwn(id);
    return this.#runs.share(id, shared);
  }

  /** As `RunService.cancel`. @throws TributaryError UNKNOWN_RUN, READ_ONLY, RUN_STATE */
  async cancel(id: string): Promise<RunRecord> {
    await this.#requireOwn(id);
    return this.#runs.cancel(id);
  }

  /** As `RunService.delete`. @throws TributaryError UNKNOWN_RUN, READ_ONLY, RUN_STATE */
  async delete(id: string): Promise<RunRecord> {
    await this.#requireOwn(id);
    return this.#runs.delete(id);
  }

  /** May they change it? */
  isOwn(run: Pick<RunRecord, 'owner'>): boolean {
    return changes(this.#access, run);
  }

  /** What of all is theirs, and what that takes. */
  size(): Promise<StoreSize> {
    const { all, owner } = this.#access;
    return this.#runs.size(all ? undefined : owner);
  }

  #owned(asking: Asking = {}): Asking {
    return { ...asking, owner: this.#access.owner };
  }

  #require(run: Found): void {
    if (!reads(this.#access, run)) throw unknownRun(run.id);
  }

  async #requireOwn(id: string): Promise<void> {
    const run = await this.find(id);
    if (!run) throw unknownRun(id);
    if (!changes(this.#access, run)) throw readOnly(id);
  }
}
