/** Answers whoever sent a file, or asked for one, with why there is nothing of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type FailureCode, type RefusalCode, TributaryError } from '../errors.ts';
import { BodyFault, readToNoEnd } from './large-body.ts';
import { TooManyRequests } from './request-shares.ts';

/**
 * Without closing the connection: who is still sending would not read the answer.
 * @param failed what could not be done, where that is a fault of the server: a sentence without its full stop
 */
export function refuseFile(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  failed: string,
  log: Logger,
): void {
  if (error instanceof BodyFault) answerError(response, error.status, error.message, { code: 'BAD_REQUEST' });
  else if (error instanceof TooManyRequests) answerError(response, 429, error.message, error.extensions, error.headers);
  else if (error instanceof TributaryError)
    answerError(response, error.code === 'OVER_CAPACITY' ? 503 : 400, error.message, { code: error.code });
  else {
    log.error({ err: error }, failed);
    answerError(response, 500, `${failed}, by a fault of the server`, { code: 'INTERNAL_SERVER_ERROR' });
  }
  readToNoEnd(request);
}

function answerError(
  response: ServerResponse,
  status: number,
  message: string,
  extensions: { readonly code: RefusalCode | FailureCode; readonly retryAfter?: number | null },
  headers: Readonly<Record<string, string>> = {},
): void {
  const { code, ...rest } = extensions;
  const body = JSON.stringify({ error: { code, message, ...rest } });
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'content-length': length });
  response.end(body);
}
