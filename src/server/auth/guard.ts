/** Nothing of an HTTP request is read before it is known who asks. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { FailureCode, RefusalCode } from '../../errors.ts';
import { TributaryError } from '../../errors.ts';
import type { Principal } from '../../principal.ts';
import { readToNoEnd } from '../large-body.ts';
import type { Names } from '../names.ts';
import { refusalBody } from '../refuse.ts';
import type { Authenticator } from './authenticator.ts';
import { credentialIn } from './credential.ts';
import { AuthRefusal } from './refusal.ts';
import { lacking } from './scopes.ts';
import type { Sessions } from './sessions.ts';

/** Who asks, and until when. */
export interface Auth {
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
}

export interface Guarded {
  /** Undefined where the server asks nobody who they are. */
  readonly auth: Auth | undefined;
  readonly names: Names;
  /** That anybody may ask for, as how the server is. */
  readonly open: ReadonlySet<string>;
  /** Whose scopes are those of the document. */
  readonly graphqlPath: string;
}

const principals = new WeakMap<IncomingMessage, Principal>();

/** Who has sent a request to a server that wants to know. @throws Error for one that was not asked: whatever needs to know is behind the guard */
export function principalOf(request: IncomingMessage): Principal {
  const principal = principals.get(request);
  if (!principal) throw new Error('A request was let through without being asked who sends it');
  return principal;
}

/** Hands over what is known who sends it, and what anybody may send; all else is refused. */
export function requirePrincipal(
  { auth, names, open, graphqlPath }: Guarded,
  listener: RequestListener,
  log: Logger,
): RequestListener {
  if (!auth) return listener;
  const { authenticator, sessions } = auth;
  const admit = async (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request);
    const principal = await authenticator.authenticate(credentialIn(request.headers.authorization));
    const scope = path === graphqlPath || reads(request) ? 'READ' : 'RUN';
    if (!principal.scopes.has(scope)) throw new Lacking(lacking(scope, `${request.method} ${path}`, principal.scopes));
    // Who has left meanwhile closes nothing any more, by which a session would end.
    if (request.socket.destroyed) return;
    principals.set(request, principal);
    // What has begun to be sent is cut off; what is not yet answered may still be.
    response.once(
      'close',
      sessions.hold(principal, () => response.headersSent && response.destroy()),
    );
    listener(request, response);
  };
  return (request, response) => {
    // Browsers ask whether a page may send a key before they send it.
    if (request.method === 'OPTIONS' || open.has(pathOf(request))) return listener(request, response);
    admit(request, response).catch((error: unknown) => {
      const { status, code, message } = told(error, log);
      const { origin, host } = request.headers;
      if (origin !== undefined && names.allows(origin, host))
        response.setHeaders(new Map(Object.entries({ 'access-control-allow-origin': origin, vary: 'Origin' })));
      if (status === 401) response.setHeader('www-authenticate', 'Bearer');
      const body =
        pathOf(request) === graphqlPath
          ? refusalBody(status, message, code)
          : JSON.stringify({ error: { code, message } });
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
      // Who is still sending would not read the answer if the connection were closed.
      readToNoEnd(request);
    });
  };
}

class Lacking extends Error {}

interface Told {
  readonly status: number;
  readonly code: RefusalCode | FailureCode;
  readonly message: string;
}

function told(error: unknown, log: Logger): Told {
  if (error instanceof AuthRefusal)
    return { status: error.code === 'UNAUTHENTICATED' ? 401 : 503, code: error.code, message: error.message };
  if (error instanceof Lacking) return { status: 403, code: 'FORBIDDEN', message: error.message };
  if (error instanceof TributaryError) return { status: 503, code: error.code, message: error.message };
  log.error({ err: error }, 'it could not be found out who asks');
  return { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Unexpected error.' };
}

function reads({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?')[0] ?? '';
}
