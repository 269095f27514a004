/** @throws the signal's reason as soon as it aborts, or has aborted already; what was waited for goes on */
export async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal?.reason);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
