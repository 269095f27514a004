/** When those that wait will begin, if nobody else comes and all take as long as is expected. */
import { givingWay } from './giving-way.ts';
import type { Turns } from './turns.ts';

export interface Forecast {
  /** Among those that wait; 1: the next one. */
  readonly position: number;
  /** Jobs that are under way, or begin before it. */
  readonly ahead: number;
  /** Seconds from now until it begins, or goes on. */
  readonly begins: number;
}

/** A job as if it came now. */
export interface Newcomer<Job> {
  readonly job: Job;
  readonly client: string;
  /** That it takes. */
  readonly seconds: number;
}

/** Each job that waits or stands aside, and the newcomer, in the order in which they begin. Memory is taken to be there. */
export function forecast<Job, Other = never>(
  turns: Turns<Job>,
  workers: number,
  newcomer?: Newcomer<Other>,
): Map<Job | Other, Forecast> {
  let now = 0;
  const others = newcomer ? ([[newcomer.job, newcomer.seconds]] as const) : [];
  const simulated = turns.copy(() => now, new Map<Other, number>(others));
  if (newcomer) simulated.enter(newcomer.job, newcomer.client);
  const [computing, wanted] = [simulated.computing.length, new Set(simulated.next())];
  const ends = new Map(simulated.computing.map((job) => [job, simulated.remaining(job)]));
  const all = new Map<Job | Other, Forecast>();
  while (all.size < wanted.size) {
    const ways = ends.size < workers ? [] : givingWay(simulated);
    const way = ways.find(({ after }) => after === 0);
    if (way) {
      simulated.setAside(way.long);
      ends.delete(way.long);
    }
    const job =
      ends.size < workers ? (way?.short ?? simulated.next().find((one) => simulated.mayCompute(one))) : undefined;
    if (job !== undefined) {
      simulated.begin(job);
      ends.set(job, now + simulated.remaining(job));
      const position = all.size + 1;
      if (wanted.has(job) && !all.has(job)) all.set(job, { position, ahead: computing + all.size, begins: now });
      continue;
    }
    const [first, end] = [...ends].reduce((a, b) => (b[1] < a[1] ? b : a));
    const turning = now + Math.min(...ways.map(({ after }) => after));
    now = Math.min(end, turning);
    if (end > turning) continue;
    simulated.leave(first);
    ends.delete(first);
  }
  return all;
}
