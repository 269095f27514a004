/** Which job stands aside for which. */
import { shorter, type Turns } from './turns.ts';

/** Seconds: what ends sooner is let end. */
const least = 1;

export interface GivingWay<Job> {
  /** Has still more than a second to compute, and four times as long as the other. */
  readonly long: Job;
  readonly short: Job;
  /** Seconds until it is the short one's turn. */
  readonly after: number;
}

/**
 * All pairs, in the turns of the short ones. A client's share is not passed by: a job gives way where the other's turn comes
 * before its own.
 */
export function givingWay<Job>(turns: Turns<Job>): GivingWay<Job>[] {
  const computing = turns.computing
    .map((job) => ({ job, remaining: turns.remaining(job) }))
    .sort((a, b) => b.remaining - a.remaining);
  return turns.firsts().flatMap((short) =>
    computing
      .filter(({ remaining }) => remaining > least && remaining >= shorter * turns.remaining(short))
      .map(({ job: long }) => ({ long, short, after: turns.comesBefore(short, long) }))
      .filter(({ after }) => after < Number.POSITIVE_INFINITY),
  );
}
