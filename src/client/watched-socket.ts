/** A WebSocket for many operations, which is opened for the first one, and anew whenever it is lost. */
import { type Client, createClient } from 'graphql-ws/client';
import { authorizationBy, type Key, mayConnectAgain } from './key.ts';

/** Milliseconds between two pings, and until one must be answered: a network can end without a word to either side. */
const keepAlive = 10_000;
const patience = 5_000;

/** Of the wait between two attempts: to twelve days. */
const mostDoublings = 20;

export interface SocketOptions {
  /**
   * An API key or a token, where the server wants one: for requests and for the WebSocket. A function is asked whenever one
   * is sent, and so when a socket is closed because a token has expired. Default: none.
   */
  readonly key?: Key | undefined;
  /** How often a lost WebSocket is connected anew before an iteration ends with an error. Default: 5. */
  readonly retries?: number;
  /** Seconds between two attempts at the most; they begin with about one, and double. Default: without an end. */
  readonly longestWait?: number;
  /** Told whenever it is opened, and whenever it is lost. */
  readonly onConnection?: (connected: boolean) => void;
}

export function watchedSocket(
  url: string,
  { key, retries = 5, longestWait = Number.POSITIVE_INFINITY, onConnection }: SocketOptions,
): Client {
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const answered = () => clearTimeout(unanswered);
  const client = createClient({
    url,
    lazy: true,
    retryAttempts: retries,
    // By default only a connection that was closed is opened anew, not one that was reset or refused.
    shouldRetry: (closed) => mayConnectAgain(closed, key),
    connectionParams: async () => {
      const authorization = await authorizationBy(key);
      return authorization === undefined ? undefined : { authorization };
    },
    retryWait: async (attempt) => {
      // A timer of more than 24 days would end at once.
      const seconds = Math.min(longestWait, 2 ** Math.min(attempt, mostDoublings)) + Math.random();
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    },
    keepAlive,
    on: {
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => client.terminate(), patience);
      },
      pong: answered,
      connected: () => onConnection?.(true),
      closed: (event) => {
        answered();
        // With 1000 it is the client itself that has nothing more to ask.
        if ((event as { code?: number }).code !== 1000) onConnection?.(false);
      },
    },
  });
  return client;
}
