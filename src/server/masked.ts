import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { named } from './request-id.ts';

/** What went wrong inside goes into the log and not to the client. */
export function masked(error: GraphQLError, log: Logger): GraphQLError {
  let cause: Error = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  if (cause instanceof GraphQLError) return named(error);
  log.error({ err: cause }, 'an operation failed by a fault of the server');
  const extensions = { code: 'INTERNAL_SERVER_ERROR' };
  return named(new GraphQLError('Unexpected error.', { path: error.path ?? null, extensions }));
}
