/** The server that the page came from. */
import { signal } from '@preact/signals';
import { TributaryClient } from '../../client/client.ts';
import { isKeyWanted, key } from './key.ts';

/** Whether the WebSocket is there: false from when it is lost until it is back. */
export const connected = signal(true);

export const server = new TributaryClient(new URL('/graphql', location.href).href, {
  key,
  onUnauthenticated: () => {
    isKeyWanted.value = true;
  },
  retries: Number.POSITIVE_INFINITY,
  longestWait: 2,
  onConnection: (is) => {
    connected.value = is;
  },
});
