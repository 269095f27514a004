/** A name for each request, by which a client's report and the lines of the log are brought together. */
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { requestScope } from '../request-scope.ts';

export const requestIdHeader = 'x-request-id';

/** Nothing that could be taken for more than a name where logs are read. */
const safe = /^[\w.:/+=-]{1,128}$/;

/** @param given by the client; another one is made where it is none, or not safe to repeat */
export function requestIdOf(given: unknown): string {
  return typeof given === 'string' && safe.test(given) ? given : randomUUID();
}

/** Every answer has the id of its request as a header, and whatever is done for it has it at hand. */
export function withRequestIds(listener: RequestListener): RequestListener {
  return (request, response) => {
    const id = requestIdOf(request.headers[requestIdHeader]);
    response.setHeader(requestIdHeader, id);
    return requestScope.run({ id }, () => listener(request, response));
  };
}

/** A log whose lines have the id of the request that they are about. */
export function namingRequests(log: Logger): Logger {
  const child = log.child(
    {},
    {
      formatters: {
        log: (line) => {
          const id = requestScope.getStore()?.id;
          return id === undefined ? line : { requestId: id, ...line };
        },
      },
    },
  );
  return child;
}

/** A refusal, or a fault of the server, with the id of its request; what is told of a field alone stays as it is. */
export function named(error: GraphQLError): GraphQLError {
  const id = requestScope.getStore()?.id;
  const isWhole = error.path === undefined || error.extensions.code === 'INTERNAL_SERVER_ERROR';
  if (id === undefined || !isWhole || error.extensions.requestId !== undefined) return error;
  const { nodes, source, positions, path, originalError, extensions } = error;
  return new GraphQLError(error.message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    originalError: originalError ?? null,
    extensions: { ...extensions, requestId: id },
  });
}
