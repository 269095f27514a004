/** A WebSocket for many operations, which is opened for the first one, and anew whenever it is lost. */
import { type Client, createClient } from 'graphql-ws';

/** Milliseconds between two pings, and until one must be answered: a network can end without a word to either side. */
const keepAlive = 10_000;
const patience = 5_000;

/** @param retries how often in a row it is opened anew */
export function watchedSocket(url: string, retries: number): Client {
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const answered = () => clearTimeout(unanswered);
  const client = createClient({
    url,
    lazy: true,
    retryAttempts: retries,
    // By default only a connection that was closed is opened anew, not one that was reset or refused.
    shouldRetry: () => true,
    keepAlive,
    on: {
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => client.terminate(), patience);
      },
      pong: answered,
      closed: answered,
    },
  });
  return client;
}
