/** What a sweep waits for: it has time, and asks again where others are told to come back later. */
import { setTimeout } from 'node:timers/promises';
import { TributaryError } from '../../errors.ts';

/** Seconds between two attempts at what has failed: they double from the first to the last. */
export const [soonest, latest] = [1, 60];

/** Seconds after which there should be room in the queue; undefined for an error of another kind. */
export function retryAfter(error: unknown): number | undefined {
  if (!(error instanceof TributaryError) || error.code !== 'OVER_CAPACITY') return undefined;
  const seconds = error.details.retryAfter;
  return typeof seconds === 'number' ? seconds : undefined;
}

/** @throws the signal's reason as soon as it aborts */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(1000 * seconds, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

/** Work that there is room for some time: without a place in the queue it is tried again. @throws as the work */
export async function untilRoom<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const seconds = signal.aborted ? undefined : retryAfter(error);
      if (seconds === undefined) throw error;
      await pause(seconds, signal);
    }
  }
}

/**
 * Work on the store, again and again while the storage fails: what was computed waits for it, and no row fails by it.
 * @param onFault is told once
 */
export async function untilStored<Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
  onFault: (error: unknown) => void,
): Promise<Result> {
  for (let seconds = soonest; ; seconds = Math.min(2 * seconds, latest)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TributaryError) || error.code !== 'OVER_CAPACITY') throw error;
      if (seconds === soonest) onFault(error);
      await pause(seconds, signal);
    }
  }
}
