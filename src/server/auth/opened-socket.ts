/** Who a WebSocket is opened for, and until when. */
import type { IncomingMessage } from 'node:http';
import { CloseCode } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { TributaryError } from '../../errors.ts';
import type { Principal } from '../../principal.ts';
import { credentialIn } from './credential.ts';
import type { Auth } from './guard.ts';
import { AuthRefusal } from './refusal.ts';

/** "Try again later": clients of graphql-ws connect anew after it. */
export const tryAgain = 1013;
/** Bytes of a reason, by RFC 6455. */
const longestReason = 123;
const lapsed = 'Forbidden: the key was revoked, or it or the token has expired; connect with another one';

/**
 * Closes a socket without a key that the server takes: with 4401, after which clients do not try again. Later, when the
 * key holds no longer, with 4403, after which they do.
 * @param payload of `connection_init`; what the request of the upgrade says counts where it has no `authorization`
 * @returns undefined where the socket is closed
 */
export async function openedFor(
  auth: Auth,
  socket: WebSocket,
  { headers }: IncomingMessage,
  payload: Readonly<Record<string, unknown>> | undefined,
  log: Logger,
): Promise<Principal | undefined> {
  try {
    const credential = credentialIn(payload?.authorization ?? headers.authorization);
    const principal = await auth.authenticator.authenticate(credential);
    if (socket.readyState !== socket.OPEN) return undefined;
    const release = auth.sessions.hold(principal, () => socket.close(CloseCode.Forbidden, lapsed));
    socket.once('close', release);
    return principal;
  } catch (error) {
    if (error instanceof AuthRefusal && error.code === 'UNAUTHENTICATED')
      socket.close(CloseCode.Unauthorized, shortened(`Unauthorized: ${error.message}`));
    else if (error instanceof AuthRefusal || error instanceof TributaryError)
      socket.close(tryAgain, shortened(error.message));
    else {
      log.error({ err: error }, 'it could not be found out who asks');
      socket.close(CloseCode.InternalServerError, 'Internal server error');
    }
    return undefined;
  }
}

/** To what a close frame has room for. */
export function shortened(reason: string): string {
  return Buffer.byteLength(reason) <= longestReason ? reason : `${reason.slice(0, longestReason / 2)}…`;
}
