/** Waits for the ends of runs that other processes compute: woken by what they tell, and by a look every second. */
import type { Wire } from '../cluster/wire.ts';
import type { DispatchedRuns } from './dispatched-runs.ts';

/** Milliseconds between two looks at all that are waited for. */
const period = 1000;

export interface RunEndsParts {
  readonly wire: Pick<Wire, 'listen' | 'onReconnect'>;
  readonly runs: DispatchedRuns;
  /** Told of looks that have failed; they are tried again. */
  readonly onFault: (error: unknown) => void;
}

export class RunEnds implements Disposable {
  readonly #parts: RunEndsParts;
  readonly #waiting = new Map<string, PromiseWithResolvers<'over' | 'lost'>>();
  /** Of which it was told that they may be over, and that are not looked at yet. */
  readonly #told = new Set<string>();
  readonly #stops: (() => void)[];
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  /** Runs that were not dispatched at the last look. */
  #doubtful: ReadonlySet<string> = new Set();

  constructor(parts: RunEndsParts) {
    this.#parts = parts;
    const stopListening = parts.wire.listen((note) => {
      if ('run' in note && (note.what === 'status' || note.what === 'deleted')) this.#look(note.run);
    });
    this.#stops = [stopListening, parts.wire.onReconnect(() => this.#lookAtAll())];
    this.#timer = setInterval(() => this.#lookAtAll(), period).unref();
  }

  /** @returns `over` when its end is stored, or it was deleted; `lost` when nobody will give it one */
  of(runId: string): Promise<'over' | 'lost'> {
    const end = this.#waiting.get(runId) ?? Promise.withResolvers<'over' | 'lost'>();
    this.#waiting.set(runId, end);
    // It may be over since it was asked for.
    this.#look(runId);
    return end.promise;
  }

  /** Nobody waits for it any more. */
  leave(runId: string): void {
    this.#waiting.delete(runId);
  }

  /** Whoever waits is told that it goes on without them. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const stop of this.#stops) stop();
    for (const { resolve } of this.#waiting.values()) resolve('over');
    this.#waiting.clear();
  }

  #lookAtAll(): void {
    for (const id of this.#waiting.keys()) this.#look(id);
  }

  #look(runId: string): void {
    if (!this.#waiting.has(runId)) return;
    this.#told.add(runId);
    if (!this.#looking) void this.#lookAtTold();
  }

  async #lookAtTold(): Promise<void> {
    this.#looking = true;
    try {
      while (this.#told.size > 0) {
        const ids = [...this.#told];
        this.#told.clear();
        const standing = await this.#parts.runs.standing(ids);
        const doubtful = new Set([...this.#doubtful].filter((id) => !standing.has(id)));
        for (const [id, { is }] of standing) {
          // What is given back from one to the other is in the hands of neither for no moment; but a task is put after its run.
          if (is === 'lost' && !this.#doubtful.has(id)) doubtful.add(id);
          else if (is !== 'underWay') this.#settle(id, is);
        }
        this.#doubtful = doubtful;
      }
    } catch (error) {
      this.#parts.onFault(error);
    } finally {
      this.#looking = false;
    }
  }

  #settle(runId: string, is: 'over' | 'lost'): void {
    this.#waiting.get(runId)?.resolve(is);
    this.#waiting.delete(runId);
  }
}
