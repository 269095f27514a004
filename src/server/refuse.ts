import type { ServerResponse } from 'node:http';
import type { FailureCode, RefusalCode } from '../errors.ts';
import { requestScope } from '../request-scope.ts';

const codes: Readonly<Record<number, RefusalCode | FailureCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  406: 'NOT_ACCEPTABLE',
  421: 'FORBIDDEN',
  429: 'OVER_CAPACITY',
  503: 'OVER_CAPACITY',
};

/** The body of such an answer. */
export function refusalBody(
  status: number,
  message: string,
  code: RefusalCode | FailureCode = codes[status] ?? 'BAD_REQUEST',
): string {
  const requestId = requestScope.getStore()?.id;
  return JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] });
}

/** Answers a request that is not read to its end: its connection is closed afterwards. */
export function refuse(response: ServerResponse, status: number, message: string): void {
  const body = refusalBody(status, message);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
}
