import type { RequestListener } from 'node:http';

/**
 * Closes the connection of a request that is not there in time. Node would not let some take longer.
 * @param most milliseconds
 */
export function inTime(listener: RequestListener, most: number): RequestListener {
  return (request, response) => {
    const timer = setTimeout(() => {
      if (!request.complete) request.destroy();
    }, most);
    response.once('close', () => clearTimeout(timer));
    return listener(request, response);
  };
}
