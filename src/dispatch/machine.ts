/** The machine that estimates are made for where several compute: the one with the most memory, as fast as that is. */
import type { Member } from '../cluster/member.ts';
import type { Speed } from '../inference/speed.ts';
import { slowest } from '../jobs/capacity/calibration.ts';
import type { Machine as MeasuredMachine } from '../jobs/capacity/estimator.ts';

export interface Machine extends MeasuredMachine {
  /** Bytes. */
  readonly memory: number;
}

export function machineOf(workers: () => readonly Member[]): Machine {
  const largest = () =>
    workers()
      .flatMap(({ state }) => state ?? [])
      .toSorted((a, b) => b.memory.total - a.memory.total)[0];
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
