/** GraphQL over WebSocket (graphql-transport-ws), by graphql-ws: one operation's fault never costs the socket. */
import type { IncomingMessage, Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, type Context, handleProtocols, MessageType, makeServer, type SubscribePayload } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { schema } from '../api/schema.ts';
import type { Turn } from '../reader.ts';
import { requestScope } from '../request-scope.ts';
import type { Limits } from '../settings.ts';
import { type Asker, askerOf, type ServerContext } from './asker.ts';
import { openedFor, shortened, tryAgain } from './auth/opened-socket.ts';
import { scopeError } from './auth/scopes.ts';
import type { Caller } from './callers.ts';
import { explainedSocket } from './explained-socket.ts';
import { follow } from './following.ts';
import { type Front, graphqlPath } from './http.ts';
import { executeUntilLeft } from './leaving.ts';
import { masked } from './masked.ts';
import { askedIn, beginOperation, type Operation as Observed } from './operations.ts';
import { Outbox } from './outbox.ts';
import { keepPinging } from './pinging.ts';
import { PreparedDocuments } from './prepared.ts';
import { ReadingTurns } from './reading-turns.ts';
import { requestIdOf } from './request-id.ts';
import { TooManyRequests } from './request-shares.ts';
import type { Payload } from './unsent.ts';

/** Milliseconds between two looks whether all is told. */
const look = 10;
const tooSlowReason = 'Too much waits to be sent; connect again, resume by runEvents(after: the last seq)';

/** What graphql-ws' hooks are told of a socket. */
interface Extra {
  /** Undefined until it is known, where the server wants to know: no operation is taken before. */
  caller: Caller | undefined;
  /** Finds out by what the socket is opened with. @returns undefined where it was closed instead */
  readonly open: (payload: Readonly<Record<string, unknown>> | undefined) => Promise<Caller | undefined>;
  readonly outbox: Outbox;
  readonly turns: ReadingTurns;
  /** Those that are observed, by their ids. */
  readonly operations: Map<string, Observed>;
}

/** What an operation has of its own. */
interface Operation {
  readonly turn: Turn;
  /** Sends a result that is JSON already; the others are left to graphql-ws. */
  send(payload: Payload): undefined;
}

/** Of sockets, requests, and how long the server waits when it stops. */
export type SocketLimits = Pick<Limits, 'sockets' | 'requests' | 'stopGrace'>;

/** @returns when all streams have been ended, has their last events told, then closes every socket with 1001 and stops */
export function serveWebSocket(
  server: Server,
  context: ServerContext,
  log: Logger,
  { names, documents, trusted, callers, requests, sharing: { unsent, pace, results }, auth, observers }: Front,
  limits: SocketLimits,
): () => Promise<void> {
  const { all: mostSockets, operations: mostOperations } = limits.sockets;
  const prepared = new PreparedDocuments(documents);
  /** Of clients: to take what is told when the server closes their sockets, and to answer. */
  const grace = limits.stopGrace / 2;
  const sockets = new WebSocketServer({
    server,
    WebSocket: explainedSocket(limits.requests.bytes),
    path: graphqlPath,
    maxPayload: limits.requests.bytes,
    handleProtocols,
    verifyClient: ({ req }: { req: IncomingMessage }, answer) => {
      const refusal = names.refusalOf(req);
      if (refusal) return answer(false, refusal.status, refusal.message);
      if (sockets.clients.size >= mostSockets) return answer(false, 503, tooManySockets(mostSockets));
      // Who asks is known by `connection_init`.
      if (auth) return answer(true);
      try {
        const caller = callers.of(req);
        requests.take(caller);
        requests.requireSocket(caller);
        answer(true);
      } catch (error) {
        if (!(error instanceof TooManyRequests)) throw error;
        answer(false, 429, error.message, error.headers);
      }
    },
  });
  let opened = 0;
  const contexts = new Set<Context<Record<string, unknown>, Extra>>();
  const isTold = () => contexts.values().every(({ subscriptions }) => Object.keys(subscriptions).length === 0);
  const graphql = makeServer<Record<string, unknown>, Extra>({
    schema,
    connectionInitWaitTimeout: limits.sockets.connectTime,
    onConnect: async (context) => {
      const { extra, connectionParams } = context;
      extra.caller ??= await extra.open(connectionParams);
      // The socket is closed by now, with the reason.
      if (!extra.caller) return false;
      contexts.add(context);
      return true;
    },
    onClose: (context) => {
      contexts.delete(context);
      for (const operation of context.extra.operations.values()) operation.end(true);
    },
    execute: executeUntilLeft,
    subscribe: (args) => follow(args, results, (args.contextValue as Operation).send),
    onSubscribe: ({ subscriptions, extra, connectionParams }, id, payload) => {
      const began = performance.now();
      const scope = requestScope.getStore();
      if (scope) scope.id = requestIdOf(payload.extensions?.requestId ?? scope.id);
      const contextValue = { ...askerOf(context, callerOf(extra)), ...operation(id, extra) };
      const isOver = Object.keys(subscriptions).length > mostOperations;
      const found = isOver ? [tooManyOperations(mostOperations)] : prepare(payload, contextValue);
      const traceparent = textOf(payload.extensions?.traceparent) ?? textOf(connectionParams?.traceparent);
      const asked = 'document' in found ? askedIn(found.document, found.operationName) : notRead;
      extra.operations.get(id)?.end(true);
      extra.operations.set(id, beginOperation(observers, { transport: 'websocket', ...asked, began, traceparent }));
      return found;
    },
    onError: ({ extra }, id, _payload, errors) => {
      const told = errors.map((error) => masked(error, log));
      const operation = extra.operations.get(id);
      operation?.errors(told, false);
      operation?.end();
      extra.operations.delete(id);
      return told.map((error) => error.toJSON());
    },
    onNext: ({ extra }, id, _payload, _args, { data = null, errors }) => {
      if (!errors) return undefined;
      const told = errors.map((error) => masked(error, log));
      extra.operations.get(id)?.errors(told, data !== null);
      return { data, errors: told.map((error) => error.toJSON()) };
    },
    onComplete: ({ extra, subscriptions }, id) => {
      extra.operations.get(id)?.end(!(id in subscriptions));
      extra.operations.delete(id);
    },
  });
  /** Parsed and validated under the limits; a fault is the answer to this operation alone. */
  const prepare = (
    payload: SubscribePayload,
    contextValue: Asker & Operation,
  ): ExecutionArgs | readonly GraphQLError[] => {
    try {
      requests.take(contextValue);
      const found = prepared.prepare(trusted ? { ...payload, query: trusted.textOf(payload) } : payload);
      if (!('document' in found)) return found;
      const lacking = scopeError(contextValue.principal, found.document, found.operationName);
      return lacking ? [lacking] : { ...found, contextValue };
    } catch (error) {
      if (error instanceof TooManyRequests) return [error.asGraphQLError()];
      return [
        error instanceof GraphQLError
          ? error
          : new GraphQLError('A fault of the server', { originalError: error as Error }),
      ];
    }
  };
  sockets.on('error', (error) => log.warn({ err: error }, 'WebSocket server'));
  sockets.on('connection', (socket, request) => {
    // What a client has done wrong: ws closes such a socket by itself, with the code that says why.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket was closed'));
    const connection = unsent.watch(request.socket);
    const outbox = new Outbox(socket, connection, unsent);
    connection.close = () => {
      outbox.clear();
      socket.close(tryAgain, tooSlowReason);
      setTimeout(() => socket.terminate(), limits.sockets.lastWordTime).unref();
    };
    const turns = new ReadingTurns(pace, unsent, () => outbox.behind);
    const stopPinging = keepPinging(socket, connection, limits.sockets.pingTime);
    const number = ++opened;
    const counted = (caller: Caller) => {
      socket.once('close', requests.open(caller));
      return caller;
    };
    const open: Extra['open'] = async (payload) => {
      const principal = auth && (await openedFor(auth, socket, request, payload, log));
      if (!principal) return undefined;
      const caller = callers.as(principal, request, number);
      try {
        requests.take(caller);
        requests.requireSocket(caller);
        return counted(caller);
      } catch (error) {
        if (!(error instanceof TooManyRequests)) throw error;
        socket.close(tryAgain, shortened(error.message));
        return undefined;
      }
    };
    const closed = graphql.opened(
      {
        protocol: socket.protocol,
        send: async (message) => outbox.send(message),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (hear) =>
          socket.on('message', async (message) => {
            // ws reads on until the client has closed it too, which one whose key was revoked need not do.
            if (socket.readyState !== socket.OPEN) return;
            try {
              await requestScope.run({ id: requestIdOf(undefined) }, () => hear(String(message)));
            } catch (error) {
              log.error({ err: error }, 'a message on a WebSocket failed by a fault of the server');
              // The reason is not told to the client either.
              socket.close(CloseCode.InternalServerError, 'Internal server error');
            }
          }),
      },
      { caller: auth ? undefined : counted(callers.of(request, number)), open, outbox, turns, operations: new Map() },
    );
    const socketClosed = observers.map((observer) => observer.socket?.());
    socket.once('close', (code, reason) => {
      for (const tell of socketClosed) tell?.();
      stopPinging();
      outbox.clear();
      void closed(code, String(reason));
    });
  });
  return async () => {
    for (let waited = 0; waited < grace && !isTold(); waited += look) await delay(look);
    const clients = [...sockets.clients];
    const timer = setTimeout(() => {
      for (const client of clients) client.terminate();
    }, grace);
    for (const client of clients) client.close(1001, 'Going away');
    await new Promise((resolve) => sockets.close(resolve));
    clearTimeout(timer);
  };
}

function operation(id: string, { outbox, turns }: Extra): Operation {
  const head = `{"id":${JSON.stringify(id)},"type":"${MessageType.Next}","payload":`;
  return { turn: turns.turn(), send: (payload) => void outbox.sendAround(head, payload, '}') };
}

/** @throws Error where it is not known who asks, which graphql-ws sees to: it takes nothing before */
function callerOf({ caller }: Extra): Caller {
  if (!caller) throw new Error('An operation was taken before it was known who asks');
  return caller;
}

const notRead = { type: null, field: null };

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function tooManyOperations(most: number): GraphQLError {
  return new GraphQLError(
    `This socket has ${most} operations open already, which is the limit; end one, or open another socket`,
    { extensions: { code: 'OVER_CAPACITY' } },
  );
}

function tooManySockets(most: number): string {
  return `The server has ${most} WebSockets open already, which is the limit; try again later`;
}
