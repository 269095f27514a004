/** Streams of states: subscribers are told how things are, not what has happened, and the newest alone if they are slow. */
import { TributaryError } from '../errors.ts';
import type { Reader } from '../reader.ts';
import { Failure } from './failures.ts';
import { LastingValue } from './lasting.ts';
import { failingEvents } from './runs/failing-events.ts';
import { Once } from './runs/once.ts';

/** What following a state costs beside what is selected of it. */
export const stateComplexity = 20;

/**
 * What a reader is told, to the last; an expected failure to begin is all there is. Left at once.
 * @param lasting whether nothing is selected that changes otherwise than by the next state
 */
export async function stateStream<State extends { readonly key: string }>(
  begin: () => Promise<Reader<State>> | Reader<State>,
  lasting: boolean,
): Promise<AsyncIterable<State | LastingValue<State> | Failure>> {
  try {
    const states = failingEvents(await begin());
    const told: AsyncIterableIterator<State | LastingValue<State> | Failure, undefined> = {
      async next() {
        const result = await states.next();
        if (result.done || result.value instanceof Failure || !lasting) return result;
        return { done: false, value: new LastingValue(result.value.key, result.value) };
      },
      async return() {
        await states.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return told;
      },
    };
    return told;
  } catch (error) {
    if (error instanceof TributaryError) return new Once(new Failure(error));
    throw error;
  }
}
