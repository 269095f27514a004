/** What a server is put together on: where runs are stored, who computes them, and how it hears of both. */
import type { Engine } from '../jobs/engine.ts';
import type { Executor } from '../runs/executor.ts';
import type { RunService } from '../runs/service.ts';
import type { Signals } from '../runs/signals.ts';
import type { RunStore } from '../runs/store.ts';
import type { WorkerSource } from '../worker-state.ts';

export interface Deployment extends AsyncDisposable {
  readonly store: RunStore;
  readonly engine: Engine;
  /** @param engine the same, in whatever it is wrapped */
  executorOn(engine: Engine): Executor;
  /** Are woken when a run has told something, whichever process has stored it. */
  readonly signals: Signals;
  /** The processes that have models run. */
  readonly workers: WorkerSource;
  /**
   * Begins to take part, once there is a service that knows its runs. @param onLost called when a process has died, whose runs
   * and sweeps may be nobody's now
   */
  join(runs: RunService, onLost: () => Promise<void>): Promise<void>;
}
