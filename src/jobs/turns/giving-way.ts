/** Which job stands aside for which. */
import { shorter, type Turns } from './turns.ts';

/** Seconds: what ends sooner is let end, unless it turns out that it does not. */
const least = 1;

export interface GivingWay<Job> {
  /** Has still a second to compute, and four times as long as the other. */
  readonly long: Job;
  readonly short: Job;
  /** Seconds until it is the short one's turn. */
  readonly after: number;
}

/**
 * All pairs, in the turns of the short ones. A client's share is not passed by: a job gives way where the other's turn comes
 * before its own, and the other's share has room then.
 */
export function givingWay<Job>(turns: Turns<Job>): GivingWay<Job>[] {
  const computing = turns.computing.sort((a, b) => turns.remaining(b) - turns.remaining(a));
  return turns.firsts().flatMap((short) => {
    const enough = Math.max(least, shorter * turns.remaining(short));
    return computing
      .filter((long) => turns.mayCompute(short, long))
      .map((long) => ({ long, short, after: Math.max(turns.comesBefore(short, long), turns.remains(long, enough)) }))
      .filter(({ after }) => after < Number.POSITIVE_INFINITY);
  });
}
