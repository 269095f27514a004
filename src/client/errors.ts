/** What a client throws. Expected failures are no errors: they are members of the results. */

/** The server refused a document, or could not be understood. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
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

export function refusal(errors: readonly { readonly message: string }[]): RequestError {
  return new RequestError(errors.map(({ message }) => message).join('; '));
}

/** graphql-ws throws what it got: the errors of a document, a close event, an error event. */
export function streamError(thrown: unknown): Error {
  if (Array.isArray(thrown)) return refusal(thrown as { message: string }[]);
  if (thrown instanceof Error) return thrown;
  const { code, reason, message } = (thrown ?? {}) as { code?: number; reason?: string; message?: string };
  const words = [code, reason || message].filter(Boolean).join(' ');
  return new ConnectionError(`The connection was lost${words && `: ${words}`}`, code, { cause: thrown });
}
