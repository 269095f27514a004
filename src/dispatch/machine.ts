/** The machine that estimates are made for where several compute: the one with the most memory, as fast as that is. */
import type { Speed } from '../inference/speed.ts';
import { slowest } from '../jobs/capacity/calibration.ts';
import type { Machine as MeasuredMachine } from '../jobs/capacity/estimator.ts';
import type { Worker } from '../worker-state.ts';

export interface Machine extends MeasuredMachine {
  /** Bytes. */
  readonly memory: number;
}

export function machineOf(workers: () => readonly Worker[]): Machine {
  const largest = () => workers().toSorted((a, b) => b.memory.total - a.memory.total)[0];
  // Until it has been measured there, what takes longer than what is the same.
  const soFar = () => (largest()?.speed ?? slowest) as Speed;
  return {
    get memory() {
      return largest()?.memory.total ?? Number.POSITIVE_INFINITY;
    },
    soFar,
    measured: async () => soFar(),
  };
}
