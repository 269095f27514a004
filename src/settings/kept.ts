/** What is kept, and for how long. */
import { amount, byteCount, whole } from './values.ts';

export const kept = {
  RETENTION_DAYS: amount
    .optional()
    .describe(
      'Days for which runs are kept; older ones are deleted, at start and every few minutes. Of all three, runs that are pinned, in an experiment, under way or followed at the moment stay, and every run for ten minutes.',
    ),
  RETENTION_RUNS: whole(0, 1_000_000_000)
    .optional()
    .describe('Runs that are kept besides those that stay; where there are more, the oldest are deleted.'),
  RETENTION_BYTES: byteCount
    .optional()
    .describe(
      'Bytes, e.g. 20GB, that the database may have in use; where it has more, the oldest runs are deleted. Its file keeps its size, and what is free in it is used first.',
    ),
  UPLOAD_DAYS: amount
    .default(1)
    .describe(
      'Days for which a file of rows is kept since it was sent, or last asked for. Sweeps have rows of their own.',
    ),
};
