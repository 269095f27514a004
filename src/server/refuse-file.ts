/** Answers whoever sent a file, or asked for one, with why there is nothing of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type FailureCode, type RefusalCode, TributaryError } from '../errors.ts';
import { BodyFault, readToNoEnd } from './large-body.ts';

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
  if (error instanceof BodyFault) answerError(response, error.status, 'BAD_REQUEST', error.message);
  else if (error instanceof TributaryError)
    answerError(response, error.code === 'OVER_CAPACITY' ? 503 : 400, error.code, error.message);
  else {
    log.error({ err: error }, failed);
    answerError(response, 500, 'INTERNAL_SERVER_ERROR', `${failed}, by a fault of the server`);
  }
  readToNoEnd(request);
}

function answerError(response: ServerResponse, status: number, code: RefusalCode | FailureCode, message: string): void {
  const body = JSON.stringify({ error: { code, message } });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
