/** What one key may have at once. Who has none is counted by address; all have what is there unless these are set. */
import { byteCount, whole } from './values.ts';

export const shares = {
  MAX_RUNNING: whole(1, 64)
    .optional()
    .describe('Jobs of one key, or of one address where there are no keys, that compute at once; further ones wait.'),
  MAX_WAITING: whole(1, 100_000)
    .optional()
    .describe(
      'Jobs of one key, or of one address, that wait for a worker; further ones are refused, with the time to wait.',
    ),
  MAX_REQUESTS: whole(1, 1_000_000)
    .optional()
    .describe(
      'Requests in a minute of one key, or of one address: what is sent over HTTP, files included, WebSockets that are opened and operations on them. As many may come at once; then one each time that a minute, divided by their number, has passed.',
    ),
  MAX_STORED_BYTES: byteCount
    .optional()
    .describe(
      'Bytes, e.g. 5GB, that the runs of one owner may take in the database; then no new run is begun for that owner until some are deleted. Where there are no keys, of all runs together.',
    ),
  MAX_SOCKETS: whole(1, 100_000)
    .optional()
    .describe('WebSockets of one key, or of one address, that are open at once; further ones are refused.'),
};
