/** GraphQL over HTTP, with GraphiQL, by graphql-yoga. */

import type { IncomingMessage } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { validate } from 'graphql';
import { createYoga, type Plugin, useReadinessCheck } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { ServerContext } from '../api/builder.ts';
import { schema } from '../api/schema.ts';
import { exampleTabs } from './examples.ts';
import { contextUntil } from './leaving.ts';
import { type Asked, parseLimited, validateLimited } from './limits.ts';
import { isAllowedOrigin, type OriginRule } from './origins.ts';

export const graphqlPath = '/graphql';
const healthPath = '/health';
const readyPath = '/ready';

/** The same limits that the WebSocket server applies. */
const limits: Plugin = {
  onParse: ({ setParseFn }) => setParseFn(parseLimited),
  onValidate: ({ setValidationFn, context }) => {
    const asked = (context as { params?: Asked }).params ?? {};
    setValidationFn((...[schema, document, rules]: Parameters<typeof validate>) =>
      validateLimited(schema, document, asked, rules),
    );
  },
};

/** A page of another site may not even ask: without this a plain form could start and cancel runs. */
function refuseOrigins(rule: OriginRule): Plugin {
  return {
    onRequest: ({ request, fetchAPI, endResponse }) => {
      const origin = request.headers.get('origin');
      if (!origin || isAllowedOrigin(origin, request.headers.get('host'), rule)) return;
      const message = `Pages of ${origin} may not use this server; ALLOWED_ORIGINS lists those that may`;
      endResponse(fetchAPI.Response.json({ errors: [{ message }] }, { status: 403 }));
    },
  };
}

/** @param isReady whether requests can be answered, as `/ready` tells */
export function createHttpHandler(
  context: ServerContext,
  log: Logger,
  origins: OriginRule,
  isReady: () => Promise<boolean>,
) {
  return createYoga<{ readonly req: IncomingMessage }>({
    schema,
    context: ({ request, req }) => contextUntil(request.signal, context, req.socket.remoteAddress ?? ''),
    graphqlEndpoint: graphqlPath,
    healthCheckEndpoint: healthPath,
    landingPage: false,
    batching: false,
    multipart: false,
    // Its cache tells rules apart by name only: a costly value of a variable would pass for a cheap one seen before.
    parserAndValidationCache: { validationCache: false },
    maskedErrors: { isDev: false },
    cors: (request) => {
      const origin = request.headers.get('origin');
      return origin && isAllowedOrigin(origin, request.headers.get('host'), origins)
        ? { origin, credentials: false, methods: ['GET', 'POST', 'OPTIONS'] }
        : false;
    },
    logging: {
      debug: (...parts) => log.debug(parts.join(' ')),
      info: (...parts) => log.info(parts.join(' ')),
      warn: (...parts) => log.warn(parts.join(' ')),
      error: (...parts: unknown[]) =>
        log.error(
          { err: parts.find((part) => part instanceof Error) },
          parts.filter((part) => typeof part === 'string').join(' '),
        ),
    },
    renderGraphiQL,
    graphiql: { title: 'Tributary', subscriptionsProtocol: 'WS', defaultTabs: exampleTabs },
    plugins: [refuseOrigins(origins), useReadinessCheck({ endpoint: readyPath, check: isReady }), limits],
  });
}
