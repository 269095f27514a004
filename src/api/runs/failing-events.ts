import { TributaryError } from '../../errors.ts';
import type { Reader } from '../../reader.ts';
import { Failure } from '../failures.ts';

/** What a reader is told; an expected failure of reading is the last of it. Left as the reader is, at once. */
export function failingEvents<Value extends object>(
  events: Reader<Value>,
): AsyncIterableIterator<Value | Failure, undefined> {
  return {
    next: () =>
      events.next().catch((error: unknown) => {
        // The reader has stopped: after this it is done.
        if (error instanceof TributaryError) return { done: false, value: new Failure(error) };
        throw error;
      }),
    return: () => events.return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
