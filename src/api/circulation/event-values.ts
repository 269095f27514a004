import type { StoredEvent } from '../../runs/types.ts';
import { Failure } from '../failures.ts';
import type { EventReading, EventValue } from './schema.ts';

/** Events of a run with what they are read with; a failure stays one. Left as its source is, at once. */
export function eventValues(
  events: AsyncIterableIterator<StoredEvent | Failure, undefined>,
  reading: EventReading,
): AsyncIterableIterator<EventValue | Failure, undefined> {
  return {
    async next() {
      const result = await events.next();
      if (result.done || result.value instanceof Failure) return result as IteratorResult<Failure, undefined>;
      return { done: false, value: { event: result.value, ...reading } };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
