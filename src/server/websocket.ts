/** GraphQL over WebSocket (graphql-transport-ws), by graphql-ws: one operation's fault never costs the socket. */
import type { IncomingMessage, Server } from 'node:http';
import { type ExecutionArgs, GraphQLError, specifiedRules, validate } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { Context } from '../builder.ts';
import { schema } from '../schema.ts';
import { maxBodyBytes } from './body-limit.ts';
import { graphqlPath } from './http.ts';
import { limitingRules, parseLimited } from './limits.ts';
import { isAllowedOrigin, type OriginRule } from './origins.ts';

const keepAlive = 12_000;

/** @returns closes every socket with 1001 and stops */
export function serveWebSocket(
  server: Server,
  context: Context,
  log: Logger,
  origins: OriginRule,
): () => Promise<void> {
  const sockets = new WebSocketServer({
    server,
    path: graphqlPath,
    maxPayload: maxBodyBytes,
    // Only browsers send an origin; a page of another site must not reach a server on its reader's machine.
    verifyClient: ({ origin, req }: { origin?: string; req: IncomingMessage }) =>
      !origin || isAllowedOrigin(origin, req.headers.host, origins),
  });
  const served = useServer(
    {
      schema,
      context,
      onSubscribe: (_ctx, _id, payload) => prepare(payload, context),
      onError: (_ctx, _id, _payload, errors) =>
        log.debug({ errors: errors.map(({ message }) => message) }, 'refused over WebSocket'),
      onNext: (_ctx, _id, _payload, _args, result) => {
        if (!result.errors) return;
        for (const { originalError } of result.errors)
          if (originalError) log.error({ err: originalError }, 'a resolver failed');
        return { data: result.data ?? null, errors: result.errors.map((error) => masked(error).toJSON()) };
      },
    },
    sockets,
    keepAlive,
  );
  sockets.on('error', (error) => log.warn({ err: error }, 'WebSocket server'));
  return async () => {
    await served.dispose();
  };
}

/** Parsed and validated under the limits; a fault is the answer to this operation alone. */
function prepare(
  { query, operationName, variables }: SubscribePayload,
  context: Context,
): ExecutionArgs | readonly GraphQLError[] {
  try {
    const document = parseLimited(query);
    const rules = [...specifiedRules, ...limitingRules({ variableValues: variables ?? {}, operationName })];
    const errors = validate(schema, document, rules);
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

/** What went wrong inside stays inside, as over HTTP. */
function masked(error: GraphQLError): GraphQLError {
  return error.originalError && !(error.originalError instanceof GraphQLError)
    ? new GraphQLError('Unexpected error.', { path: error.path ?? null })
    : error;
}
