/** What a worker says of itself to the others. */
import type { Speed } from '../inference/speed.ts';
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
  /** Undefined until it is measured. */
  readonly speed: Speed | undefined;
}

export function stateOf({ engine, models, memory, places, speed }: WorkerStateParts): WorkerState {
  const { memory: used, computing } = engine.usage;
  return {
    models: Array.from(models.all, ([revision, { name, checkpoint }]) => ({
      name,
      revision,
      ...engine.stateOf(checkpoint),
    })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    memory: { total: memory, used },
    speed: speed ? { ...speed } : null,
    workers: places,
    running: computing,
    program: computedHere.programVersion,
  };
}
