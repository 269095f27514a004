/** Long arithmetic that lets others have their turn: the server's one thread answers everybody. */
import { setImmediate } from 'node:timers/promises';

/** Numbers that are drawn in a turn: some milliseconds. */
const inOneTurn = 500_000;

/**
 * Does something so many times.
 * @param numbers that are drawn each time
 * @throws the signal's reason once it has aborted
 */
export async function inTurns(
  times: number,
  numbers: number,
  work: (time: number) => void,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const together = Math.max(1, Math.floor(inOneTurn / Math.max(numbers, 1)));
  for (let start = 0; start < times; start += together) {
    signal?.throwIfAborted();
    const end = Math.min(start + together, times);
    for (let time = start; time < end; time++) work(time);
    await setImmediate();
  }
}
