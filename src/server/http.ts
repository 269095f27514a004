/** GraphQL over HTTP, by graphql-yoga. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream';
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  OverlappingFieldsCanBeMergedRule,
  type Source,
  type ValidationRule,
  type validate,
} from 'graphql';
import { createYoga, isAsyncIterable, type Plugin, useReadinessCheck } from 'graphql-yoga';
import type { Logger } from 'pino';
import { wholeOrRefused } from '../api/answer-size.ts';
import type { Context } from '../api/builder.ts';
import { schema } from '../api/schema.ts';
import type { ServerContext } from './asker.ts';
import type { Auth } from './auth/guard.ts';
import { scopeError } from './auth/scopes.ts';
import { explainBadRequests } from './bad-requests.ts';
import type { Callers } from './callers.ts';
import { follow } from './following.ts';
import { contextUntil } from './leaving.ts';
import type { Asked, Documents } from './limits.ts';
import type { Names } from './names.ts';
import { observedHttp } from './observed-http.ts';
import type { Observer } from './observer.ts';
import { answerInParts } from './parts.ts';
import { readOnlyPlainRequests } from './plain-requests.ts';
import type { Readiness } from './readiness.ts';
import { ReadingTurns } from './reading-turns.ts';
import { type RequestShares, TooManyRequests } from './request-shares.ts';
import type { Sharing } from './sharing.ts';
import type { TrustedDocuments } from './trusted-documents.ts';
import { trustedOnly } from './trusted-http.ts';
import type { Payload } from './unsent.ts';

export const graphqlPath = '/graphql';
const healthPath = '/health';
const readyPath = '/ready';
/** How the server is, anybody may know. */
export const openPaths: ReadonlySet<string> = new Set([healthPath, readyPath]);

/** The one of the plugin for @defer is of an older GraphQL, and takes long for some documents. */
const itsOwn = (rule: ValidationRule) =>
  rule.name === OverlappingFieldsCanBeMergedRule.name ? OverlappingFieldsCanBeMergedRule : rule;

interface HttpContext {
  readonly params?: Asked;
  readonly req: IncomingMessage;
}

/** The same limits that the WebSocket server applies. */
function limited(documents: Documents, callers: Callers): Plugin {
  return {
    onParse: ({ setParseFn }) => setParseFn((source: string | Source) => documents.parse(source)),
    onValidate: ({ setValidationFn, context }) => {
      const { params: asked = {}, req } = context as unknown as HttpContext;
      setValidationFn((...[schema, document, rules]: Parameters<typeof validate>) => {
        const errors = documents.validate(schema, document, asked, rules?.map(itsOwn));
        if (errors.length > 0) return errors;
        const lacking = scopeError(callers.of(req).principal, document, asked.operationName);
        return lacking ? [lacking] : [];
      });
    },
  };
}

/** An answer that is too large gives way to the reason. One in parts: see `answerInParts`. */
const whole: Plugin = {
  onExecute: () => ({
    onExecuteDone: ({ result, setResult, args }) => {
      if (!isAsyncIterable(result)) setResult(wholeOrRefused(result, args.contextValue as unknown as Context));
    },
  }),
};

/** Subscriptions are followed as over WebSocket. */
function followed({ unsent, pace, results }: Sharing): Plugin {
  return {
    onSubscribe: ({ setSubscribeFn }) =>
      setSubscribeFn((args: ExecutionArgs) => {
        const context = args.contextValue as Context & { readonly req: IncomingMessage };
        if (!acceptsEvents(context.req)) return { errors: [onlyAsEvents] };
        const connection = unsent.watch(context.req.socket);
        const turn = new ReadingTurns(pace, unsent, () => connection.behind).turn();
        return follow({ ...args, contextValue: { ...context, turn } }, results, asWritten, context.signal);
      }),
  };
}

/** Before anything starts for it: yoga would look only when there is something to send. */
function acceptsEvents({ headers: { accept = '*/*' } }: IncomingMessage): boolean {
  return ['text/event-stream', 'text/*', '*/*'].some((type) => accept.includes(type));
}

const onlyAsEvents = new GraphQLError(
  'A subscription is answered by server-sent events: ask with the header Accept: text/event-stream, or over WebSocket',
  { extensions: { code: 'NOT_ACCEPTABLE', http: { status: 406 } } },
);

/** As yoga takes a result that is to be written in its own way. */
function asWritten({ bytes }: Payload): ExecutionResult & { stringify(): string } {
  return { stringify: () => bytes.toString() };
}

/** Before anything is read of a request: those of whoever has sent too many are refused. */
function counted(callers: Callers, requests: RequestShares): Plugin<object, { readonly req: IncomingMessage }> {
  return {
    onRequestParse: ({ serverContext }) => {
      try {
        requests.take(callers.of(serverContext.req));
      } catch (error) {
        throw error instanceof TooManyRequests ? error.asGraphQLError(true) : error;
      }
    },
  };
}

/** What all requests go through, over HTTP and WebSocket alike. */
export interface Front {
  readonly names: Names;
  readonly documents: Documents;
  readonly callers: Callers;
  readonly requests: RequestShares;
  readonly sharing: Sharing;
  /** Undefined where the server asks nobody who they are. */
  readonly auth: Auth | undefined;
  readonly observers: readonly Observer[];
  /** Documents that alone are answered; undefined: all are. */
  readonly trusted: TrustedDocuments | undefined;
}

/** @param readiness why requests cannot be answered now, as `/ready` tells */
export function createHttpHandler(
  context: ServerContext,
  log: Logger,
  { names, documents, trusted, callers, requests, sharing, observers }: Front,
  readiness: Pick<Readiness, 'reason' | 'databaseBytes'>,
) {
  const check: Parameters<typeof useReadinessCheck>[0]['check'] = async ({ fetchAPI }) => {
    const reason = await readiness.reason();
    return fetchAPI.Response.json(
      { ready: reason === undefined, reason, databaseBytes: readiness.databaseBytes },
      { status: reason === undefined ? 200 : 503 },
    );
  };
  return createYoga<{ readonly req: IncomingMessage; readonly res: ServerResponse }>({
    schema,
    context: ({ request, req }) => contextUntil(request.signal, context, callers.of(req)),
    graphqlEndpoint: graphqlPath,
    healthCheckEndpoint: healthPath,
    landingPage: false,
    batching: false,
    multipart: false,
    // It would keep a thousand documents however large they are, and tells rules apart by name only: a costly value of a
    // variable would pass for a cheap one seen before.
    parserAndValidationCache: false,
    maskedErrors: { isDev: false },
    cors: (request) => {
      const origin = request.headers.get('origin');
      return origin && names.allows(origin, request.headers.get('host'))
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
    graphiql: false,
    plugins: [
      useReadinessCheck({ endpoint: readyPath, check }),
      counted(callers, requests),
      ...(trusted ? [trustedOnly(trusted)] : []),
      explainBadRequests,
      readOnlyPlainRequests,
      useDeferStream(),
      limited(documents, callers),
      whole,
      answerInParts(log),
      followed(sharing),
      observedHttp(observers),
    ],
  });
}
