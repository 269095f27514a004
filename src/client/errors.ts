/** What a client throws. Expected failures are no errors: they are members of the results. */

/** One of the `errors` of a response. */
export interface ResponseError {
  readonly message: string;
  /** The field of the answer that it is about; absent where the whole request was refused. */
  readonly path?: readonly (string | number)[];
  /** `code` is one of the table in docs/clients.md, `field` the argument that was wrong. */
  readonly extensions?: { readonly code?: string; readonly field?: string };
}

/** The server refused a document or a field of it, or could not be understood. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** Empty where the server could not be understood. */
  readonly errors: readonly ResponseError[];
  /** What was answered all the same, the fields that the errors are about null; absent where nothing was. */
  readonly data: unknown;

  constructor(message: string, errors: readonly ResponseError[] = [], data?: unknown) {
    super(message);
    this.errors = errors;
    this.data = data ?? undefined;
  }
}

/** The connection was lost and did not come back. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** Of the WebSocket's close event; undefined where there was none. */
  readonly code: number | undefined;

  constructor(message: string, code?: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function refusal(errors: readonly ResponseError[], data?: unknown): RequestError {
  return new RequestError(errors.map(({ message }) => message).join('; '), errors, data);
}

/** Whether the server has not taken the key, over HTTP or over a WebSocket. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof RequestError && error.errors[0]?.extensions?.code === 'UNAUTHENTICATED';
}

/** Close codes: a WebSocket was opened without a key that the server takes, or that key holds no longer. */
const keyCodes: readonly unknown[] = [4401, 4403];

/** graphql-ws throws what it got: the errors of a document, a close event, an error event. */
export function streamError(thrown: unknown): Error {
  if (Array.isArray(thrown)) return refusal(thrown as ResponseError[]);
  if (thrown instanceof Error) return thrown;
  const { code, reason, message } = (thrown ?? {}) as { code?: number; reason?: string; message?: string };
  if (keyCodes.includes(code))
    return refusal([{ message: reason || 'The key is not taken', extensions: { code: 'UNAUTHENTICATED' } }]);
  const words = [code, reason || message].filter(Boolean).join(' ');
  return new ConnectionError(`The connection was lost${words && `: ${words}`}`, code, { cause: thrown });
}
