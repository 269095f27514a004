import type { RequestListener } from 'node:http';

/** Milliseconds in which a request has to be there. */
export const requestTime = 30_000;

/** Closes the connection of a request that is not there in time. Node would not let some take longer. */
export function inTime(listener: RequestListener): RequestListener {
  return (request, response) => {
    const timer = setTimeout(() => {
      if (!request.complete) request.destroy();
    }, requestTime);
    response.once('close', () => clearTimeout(timer));
    return listener(request, response);
  };
}
