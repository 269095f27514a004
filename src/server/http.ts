/** GraphQL over HTTP, with GraphiQL, by graphql-yoga. */
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Context } from '../builder.ts';
import { schema } from '../schema.ts';
import { exampleTabs } from './examples.ts';
import { limitingRules, parseLimited } from './limits.ts';
import { isAllowedOrigin, type OriginRule } from './origins.ts';

export const graphqlPath = '/graphql';
export const healthPath = '/health';

/** The same limits that the WebSocket server applies. */
const limits: Plugin = {
  onParse: ({ setParseFn }) => setParseFn(parseLimited),
  onValidate: ({ addValidationRule, context }) => {
    const request = (context as { params?: { variables?: Record<string, unknown>; operationName?: string } }).params;
    for (const rule of limitingRules({
      variableValues: request?.variables ?? {},
      operationName: request?.operationName,
    })) {
      addValidationRule(rule);
    }
  },
};

export function createHttpHandler(context: Context, log: Logger, origins: OriginRule) {
  return createYoga({
    schema,
    context: () => context,
    graphqlEndpoint: graphqlPath,
    healthCheckEndpoint: healthPath,
    landingPage: false,
    batching: false,
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
    plugins: [limits],
  });
}
