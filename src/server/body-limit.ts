import type { RequestListener } from 'node:http';
import type { Limits } from '../settings.ts';
import { refuse } from './refuse.ts';
import { inTime } from './request-time.ts';

/**
 * Refuses requests that say they are larger than the limit, or do not say how large they are, before reading them; what it lets
 * through has to be there in time.
 * @param most bytes, and milliseconds
 * @param exempt paths that read bodies as they come, and see to their limits themselves, those of time included
 */
export function limitBody(
  listener: RequestListener,
  most: Pick<Limits['requests'], 'bytes' | 'time'>,
  exempt: ReadonlySet<string>,
): RequestListener {
  const timed = inTime(listener, most.time);
  return (request, response) => {
    if (exempt.has(request.url?.split('?')[0] ?? '')) return listener(request, response);
    if (request.headers['transfer-encoding'] !== undefined)
      return refuse(response, 411, 'Send the request with a Content-Length');
    const length = Number(request.headers['content-length'] ?? 0);
    if (length > most.bytes)
      return refuse(response, 413, `The request has ${length} bytes; at most ${most.bytes} are read`);
    return timed(request, response);
  };
}
