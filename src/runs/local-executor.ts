/** All runs are computed in this process: there is no other one. */
import type { Engine } from '../jobs/engine.ts';
import type { Executor } from './executor.ts';
import { LocalWorks } from './local-works.ts';
import type { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import type { RunRecord } from './types.ts';

export class LocalExecutor extends LocalWorks implements Executor {
  readonly #store: RunStore;

  constructor(store: RunStore, signals: Signals, engine: Engine) {
    super(store, signals, engine);
    this.#store = store;
  }

  join(): undefined {
    return undefined;
  }

  isWantedElsewhere(): false {
    return false;
  }

  /** Other processes compute none. */
  leave(): void {}

  left(): Promise<RunRecord[]> {
    return this.#store.housekeeping.unfinished();
  }
}
