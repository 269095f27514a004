import { TributaryError } from '../../errors.ts';
import type { EventReader } from '../../runs/event-reader.ts';
import type { StoredEvent } from '../../runs/types.ts';
import { Failure } from '../failures.ts';

/** The events of a run; an expected failure of reading them is the last one. Left as the reader is, at once. */
export function failingEvents(events: EventReader): AsyncIterableIterator<StoredEvent | Failure, undefined> {
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
