/** Places to wait in: who finds one, and when those who wait will begin. */
import { TributaryError } from '../../errors.ts';
import type { Place } from '../engine.ts';
import { type JobLimitsOf, shareOf } from '../shares.ts';
import { type Forecast, forecast } from './forecast.ts';
import type { Turns } from './turns.ts';

export interface PlacesSettings {
  /** Places there are; of these a client may have twice as many as are left. */
  readonly queue: number;
  readonly workers: number;
  /** How many jobs of a share may wait; absent: any number. */
  readonly limitsOf?: JobLimitsOf | undefined;
}

export class Places<Job> {
  readonly #turns: Turns<Job>;
  readonly #settings: PlacesSettings;
  /** As long as nothing changes: who begins when. */
  #forecast: { readonly at: number; readonly jobs: ReadonlyMap<Job, Forecast> } | undefined;

  constructor(turns: Turns<Job>, settings: PlacesSettings) {
    this.#turns = turns;
    this.#settings = settings;
  }

  /** To be called whenever turns have changed: they are looked at anew. */
  changed(): void {
    this.#forecast = undefined;
  }

  /** Is there one? A client that has few jobs waiting finds one though another has many. */
  has(client: string): boolean {
    return !this.#isShareFull(client) && this.#turns.waitingOf(client).length < 2 * this.#left;
  }

  /** Why there is none for a client, and in how many seconds there may be one: `retryAfter`. */
  refusal(client: string): TributaryError {
    const { waiting } = this.#turns;
    const { queue } = this.#settings;
    const full = this.#isShareFull(client);
    const own = full ? this.#turns.waitingInShareOf(client) : this.#turns.waitingOf(client);
    const { jobs } = this.#forecastNow();
    const begins = (full || this.#left > 0 ? own : waiting).map((job) => jobs.get(job)?.begins ?? 0);
    const retryAfter = Math.max(1, Math.ceil(Math.min(...begins)));
    const what = full
      ? `${own.length} requests of this key, or address, wait already, which is its limit`
      : this.#left <= 0
        ? `${queue} requests wait already, which is the limit`
        : `${own.length} requests of one client wait already, which is its share of the ${queue} places`;
    const message = `${full ? '' : 'All workers are busy and '}${what}; try again in about ${retryAfter} s`;
    return new TributaryError('OVER_CAPACITY', message, { retryAfter });
  }

  /** Null for a job that neither waits nor stands aside. */
  of(job: Job): Place | null {
    const { at, jobs } = this.#forecastNow();
    const found = jobs.get(job);
    if (!found) return null;
    const { begins, ...place } = found;
    return { ...place, expectedStart: new Date(Math.max(Date.now(), at + 1000 * begins)) };
  }

  /** Seconds until a job of a client would begin that came now and took so long; null where there is no place for it. */
  waitOf(client: string, seconds: number): number | null {
    if (!this.has(client)) return null;
    const job = Symbol('newcomer');
    return forecast(this.#turns, this.#settings.workers, { job, client, seconds }).get(job)?.begins ?? null;
  }

  #isShareFull(client: string): boolean {
    const { waiting = Number.POSITIVE_INFINITY } = this.#settings.limitsOf?.(shareOf(client)) ?? {};
    return this.#turns.countsOf(client).waiting >= waiting;
  }

  get #left(): number {
    return this.#settings.queue - this.#turns.waiting.length;
  }

  #forecastNow() {
    this.#forecast ??= { at: Date.now(), jobs: forecast(this.#turns, this.#settings.workers) };
    return this.#forecast;
  }
}
