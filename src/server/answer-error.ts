import type { ServerResponse } from 'node:http';
import type { FailureCode, RefusalCode } from '../errors.ts';

/** Says what is wrong with a file that was sent. What is left of it is for the caller to see to. */
export function answerError(
  response: ServerResponse,
  status: number,
  code: RefusalCode | FailureCode,
  message: string,
): void {
  const body = JSON.stringify({ error: { code, message } });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
