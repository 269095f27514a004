/** The API key, or the token, by which a client says who asks. */
import { isUnauthenticated, streamError } from './errors.ts';

/** Itself, or what gives it anew whenever it is needed, as for tokens that expire; undefined: none. */
export type Key = string | (() => string | undefined | Promise<string | undefined>);

/** The value of `Authorization`, in a header or for a WebSocket; undefined without a key. @throws TypeError */
export async function authorizationBy(key: Key | undefined): Promise<string | undefined> {
  const given = typeof key === 'function' ? await key() : key;
  if (given === undefined) return undefined;
  // `fetch` would repeat the key in its error.
  if (!/^[!-~]+$/.test(given)) throw new TypeError('The key has characters that keys do not have');
  return `Bearer ${given}`;
}

/** Whether connecting anew may help after a WebSocket was closed: always, unless the same key would be refused again. */
export function mayConnectAgain(closed: unknown, key: Key | undefined): boolean {
  return typeof key === 'function' || !isUnauthenticated(streamError(closed));
}
