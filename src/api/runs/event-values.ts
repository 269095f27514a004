import type { StoredEvent } from '../../runs/types.ts';
import { Failure } from '../failures.ts';
import { Lasting } from '../lasting.ts';
import { unknownTokens } from '../models/token.ts';
import type { EventReading, EventValue } from './run-event.ts';

/** An event of which nothing is selected that changes: whoever selects the same of it is told the same, whenever it is. */
export class LastingEvent extends Lasting implements EventValue {
  readonly event: StoredEvent;
  readonly run: EventReading['run'];
  readonly model: EventReading['model'];
  readonly tokens: EventReading['tokens'];

  constructor(event: StoredEvent, { run, model, tokens }: EventReading) {
    super();
    this.event = event;
    this.run = run;
    this.model = model;
    this.tokens = tokens;
  }

  /** The same for the same event, read in the same way. */
  get key(): string {
    const { runId, seq } = this.event;
    return `${runId} ${seq} ${this.tokens === unknownTokens ? 'ids' : 'texts'}`;
  }
}

/**
 * Events of a run with what they are read with; a failure stays one. Left as its source is, at once.
 * @param lasting whether nothing is selected of them that changes
 */
export function eventValues(
  events: AsyncIterableIterator<StoredEvent | Failure, undefined>,
  reading: EventReading,
  lasting: boolean,
): AsyncIterableIterator<EventValue | Failure, undefined> {
  return {
    async next() {
      const result = await events.next();
      if (result.done || result.value instanceof Failure) return result as IteratorResult<Failure, undefined>;
      const event = result.value;
      return { done: false, value: lasting ? new LastingEvent(event, reading) : { event, ...reading } };
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
