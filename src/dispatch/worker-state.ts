/** What a worker says of itself to the others. */
import type { JobQueue } from '../jobs/queue.ts';
import { computedHere } from '../runs/profile.ts';
import type { WorkerState } from '../worker-state.ts';
import type { WorkerModels } from './worker-models.ts';

export interface WorkerStateParts {
  readonly engine: JobQueue;
  readonly models: WorkerModels;
  /** Bytes that models and jobs may take. */
  readonly memory: number;
  /** Jobs that it computes at once. */
  readonly places: number;
}

export function stateOf({ engine, models, memory, places }: WorkerStateParts): WorkerState {
  const { memory: used, running, speed = null } = engine.load;
  const told = Array.from(models.all, ([revision, { name, checkpoint }]) => ({
    name,
    revision,
    ...engine.stateOf(checkpoint),
  }));
  return {
    models: told.sort((a, b) => (a.name < b.name ? -1 : 1)),
    memory: { total: memory, used },
    speed,
    workers: places,
    running,
    program: computedHere.programVersion,
  };
}
