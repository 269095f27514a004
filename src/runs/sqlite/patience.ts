/** Waits for a database that another process has locked, beside the event loop: SQLite itself would stop the thread. */
import { setTimeout } from 'node:timers/promises';
import { locked, storageFaultOf } from './storage-fault.ts';

/** Milliseconds to wait for a lock. */
export const lockPatience = 5000;

/** Milliseconds between two attempts, of which each costs the thread about one. */
const longestPause = 50;

/**
 * @param work what finds the database locked has done nothing, and can be done again
 * @param until milliseconds of `performance.now()`
 */
export async function patiently<Result>(work: () => Promise<Result>, until: number): Promise<Result> {
  for (let pause = 1; ; pause = Math.min(2 * pause, longestPause)) {
    try {
      return await work();
    } catch (error) {
      if (storageFaultOf(error) !== locked || performance.now() >= until) throw error;
      await setTimeout(pause);
    }
  }
}
