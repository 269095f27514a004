/** Waits for a database that cannot do now what it can do soon, beside the event loop. */
import { setTimeout } from 'node:timers/promises';

/** Milliseconds to wait for a lock, or for a database that is started anew. */
export const lockPatience = 5000;

/** Milliseconds between two attempts, of which each costs the thread about one. */
const longestPause = 50;

/**
 * @param work what has failed so that it passes has done nothing, and can be done again
 * @param until milliseconds of `performance.now()`
 * @param passes whether a failure is one that passes, of an attempt, from 1
 */
export async function patiently<Result>(
  work: () => Promise<Result>,
  until: number,
  passes: (error: unknown, attempt: number) => boolean,
): Promise<Result> {
  for (let attempt = 1, pause = 1; ; attempt++, pause = Math.min(2 * pause, longestPause)) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error, attempt) || performance.now() >= until) throw error;
      await setTimeout(pause);
    }
  }
}
