/** Work that takes minutes, and that Ctrl-C ends in good order. */
import { TributaryError } from '../../errors.ts';

/**
 * @param said what is told to whoever stopped it
 * @param work clears up behind itself when its signal aborts
 * @throws TributaryError CANCELLED when it was stopped
 */
export async function interruptible<Result>(
  said: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  const end = () => ending.abort(new TributaryError('CANCELLED', said));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  try {
    return await work(ending.signal);
  } catch (error) {
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  }
}
