/** How a subscription follows a run, of whichever kind: stored events, read by hand-written iterators that can be left at once. */
import type { GraphQLResolveInfo } from 'graphql';
import { TributaryError } from '../../errors.ts';
import type { Context } from '../builder.ts';
import { Failure } from '../failures.ts';
import { selectedFields } from '../selected-fields.ts';
import { eventValues } from './event-values.ts';
import { failingEvents } from './failing-events.ts';
import { Once } from './once.ts';
import { Readied } from './readied.ts';
import { changes, type EventReading, type EventValue } from './run-event.ts';

/** What following a run costs beside what is selected of an event. */
export const eventComplexity = 20;

export interface Followed extends EventReading {
  /** The last event that is known already; absent for none. */
  readonly after?: number | undefined;
  /** Settles when the events tell what is selected of them, or when the signal aborts. The run has a reader meanwhile. */
  readonly ready?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** The events of the run that `open` finds or starts; an expected failure is the only one. */
export async function followed(
  { runs, signal, turn }: Context,
  info: GraphQLResolveInfo,
  open: () => Promise<Followed>,
): Promise<AsyncIterable<EventValue | Failure>> {
  try {
    const { run, model, tokens, after, ready } = await open();
    const stored = failingEvents(runs.events(run, after, { signal, turn }));
    const events = ready ? new Readied(stored, ready, signal) : stored;
    return eventValues(events, { run, model, tokens }, !selectedFields(info).some(changes));
  } catch (error) {
    if (error instanceof TributaryError) return new Once(new Failure(error));
    throw error;
  }
}
