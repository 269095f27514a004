/** Where tasks stand that wait for a worker. */
import type { Place, Ticket } from '../jobs/engine.ts';
import type { Placement } from './placement.ts';
import type { TaskCounts } from './task-counts.ts';

/** Seconds of a task of which nobody knows how long it takes. */
const usual = 1;

export class Tickets {
  readonly #counts: TaskCounts;
  readonly #placement: Placement;

  constructor(counts: TaskCounts, placement: Placement) {
    this.#counts = counts;
    this.#placement = placement;
  }

  /** @param seconds that it takes, by an estimate: those before it are taken to be like it */
  of(taskId: string, seconds: () => Promise<number> = async () => usual): Ticket {
    return {
      place: () => this.#placeOf(taskId, seconds),
      // Whose turn it is was settled when it was put.
      join: () => undefined,
    };
  }

  async #placeOf(taskId: string, seconds: () => Promise<number>): Promise<Place | null> {
    const queued = await this.#counts.queued(taskId);
    if (!queued) return null;
    const { before, taken } = queued;
    const hosts = this.#placement.hostsOf(queued.revision);
    const places = Math.max(
      1,
      hosts.reduce((sum, { worker }) => sum + worker.workers, 0),
    );
    const rounds = Math.max(0, Math.ceil((before + 1 + taken - places) / places));
    const wait = rounds === 0 ? 0 : rounds * (await seconds().catch(() => usual));
    return {
      position: before + 1,
      ahead: before + taken,
      expectedStart: new Date(Date.now() + 1000 * wait),
      reason: this.#placement.reasonFor(queued),
    };
  }
}
