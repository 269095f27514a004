/** What the log says of the retention. */
import type { Logger } from 'pino';
import type { Pruned, Reason } from '../runs/retention.ts';

const why: Readonly<Record<Reason, string>> = {
  days: 'older than RETENTION_DAYS',
  runs: 'more than RETENTION_RUNS',
  bytes: 'for which RETENTION_BYTES has no room',
};

/** Says of each time what was deleted, and once that nothing is left to be deleted, until that has changed. */
export function retentionLog(log: Logger): (pruned: Pruned) => void {
  let wasTooLarge = false;
  return ({ runs, bytes, tooLarge }) => {
    const reasons = (Object.keys(why) as Reason[]).filter((reason) => runs[reason] > 0);
    const text = reasons.map((reason) => `${runs[reason]} ${why[reason]}`).join(', ');
    if (reasons.length > 0) log.info({ runs, bytes }, `runs were deleted with ${bytes} bytes: ${text}`);
    if (tooLarge && !wasTooLarge)
      log.warn(
        'the database is larger than RETENTION_BYTES, and all that is left in it is pinned, in an experiment, or in use',
      );
    wasTooLarge = tooLarge;
  };
}
