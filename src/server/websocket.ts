/** GraphQL over WebSocket (graphql-transport-ws), by graphql-ws: one operation's fault never costs the socket. */
import type { IncomingMessage, Server } from 'node:http';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Context, ServerContext } from '../api/builder.ts';
import { schema } from '../api/schema.ts';
import { maxBodyBytes } from './body-limit.ts';
import { graphqlPath } from './http.ts';
import { executeUntilLeft, subscribeUntilLeft } from './leaving.ts';
import { parseLimited, validateLimited } from './limits.ts';
import { isAllowedOrigin, type OriginRule } from './origins.ts';

const keepAlive = 12_000;
const mostSockets = 1000;
const mostOperations = 100;
/** Milliseconds that clients have to answer when the server closes their sockets. */
const grace = 1000;

/** @returns closes every socket with 1001 and stops */
export function serveWebSocket(
  server: Server,
  context: ServerContext,
  log: Logger,
  origins: OriginRule,
): () => Promise<void> {
  const sockets = new WebSocketServer({
    server,
    path: graphqlPath,
    maxPayload: maxBodyBytes,
    verifyClient: ({ origin, req }: { origin?: string; req: IncomingMessage }, answer) => {
      // Only browsers send an origin; a page of another site must not reach a server on its reader's machine.
      if (origin && !isAllowedOrigin(origin, req.headers.host, origins)) answer(false, 403);
      else if (sockets.clients.size >= mostSockets) answer(false, 503);
      else answer(true);
    },
  });
  /** Each socket is a client of its own: on one machine, and behind a proxy, all have the same address. */
  const clients = new WeakMap<WebSocket, string>();
  let opened = 0;
  const served = useServer(
    {
      schema,
      execute: executeUntilLeft,
      subscribe: subscribeUntilLeft,
      // What fails inside is not told to the client as the reason of a closed socket either.
      isProd: true,
      onSubscribe: ({ subscriptions, extra: { socket } }, _id, payload) =>
        Object.keys(subscriptions).length > mostOperations
          ? [tooManyOperations]
          : prepare(payload, { ...context, client: clients.get(socket) ?? '' }),
      onError: (_ctx, _id, _payload, errors) => errors.map((error) => masked(error, log).toJSON()),
      onNext: (_ctx, _id, _payload, _args, result) =>
        result.errors && {
          data: result.data ?? null,
          errors: result.errors.map((error) => masked(error, log).toJSON()),
        },
    },
    sockets,
    keepAlive,
  );
  // In place of graphql-ws' own listeners, which print to standard error what a client has done wrong: ws closes such a
  // socket by itself, with the code that says why.
  sockets.removeAllListeners('error').on('error', (error) => log.warn({ err: error }, 'WebSocket server'));
  sockets.on('connection', (socket, { socket: { remoteAddress = '' } }) => {
    clients.set(socket, `${remoteAddress} ${++opened}`);
    socket.removeAllListeners('error').on('error', (error) => log.debug({ err: error }, 'a WebSocket was closed'));
  });
  return async () => {
    const clients = [...sockets.clients];
    const timer = setTimeout(() => {
      for (const client of clients) client.terminate();
    }, grace);
    await served.dispose();
    clearTimeout(timer);
  };
}

const tooManyOperations = new GraphQLError(
  `This socket has ${mostOperations} operations open already, which is the limit; end one, or open another socket`,
);

/** Parsed and validated under the limits; a fault is the answer to this operation alone. */
function prepare(
  { query, operationName, variables }: SubscribePayload,
  context: Omit<Context, 'signal'>,
): ExecutionArgs | readonly GraphQLError[] {
  try {
    const document = parseLimited(query);
    const errors = validateLimited(schema, document, { variables, operationName });
    if (errors.length > 0) return errors;
    return {
      schema,
      document,
      operationName: operationName ?? null,
      variableValues: variables ?? {},
      contextValue: context,
    };
  } catch (error) {
    return [error instanceof GraphQLError ? error : new GraphQLError((error as Error).message)];
  }
}

/** What went wrong inside goes into the log and not to the client, as over HTTP. */
function masked(error: GraphQLError, log: Logger): GraphQLError {
  let cause: Error = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  if (cause instanceof GraphQLError) return error;
  log.error({ err: cause }, 'an operation failed by a fault of the server');
  return new GraphQLError('Unexpected error.', {
    path: error.path ?? null,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });
}
