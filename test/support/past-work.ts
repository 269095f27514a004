/** For tests: work that comes to turns over time, and what becomes of it. */
import fc from 'fast-check';
import { givingWay } from '../../src/jobs/turns/giving-way.ts';
import { Turns } from '../../src/jobs/turns/turns.ts';

export interface Work {
  readonly client: string;
  readonly arrives: number;
  readonly seconds: number;
}

/** What became of a job: when it began, and how long jobs of each client computed from when it came until then. */
export interface Past {
  begun: number;
  readonly meanwhile: Map<string, number>;
}

/** Lets the work come and be done by so many workers. @param aside whether long work gives way to short */
export function past(all: readonly Work[], { workers = 1, aside = false } = {}): Map<Work, Past> {
  let now = 0;
  const turns = new Turns<Work>(
    ({ seconds }) => seconds,
    () => now,
  );
  const coming = all.toSorted((a, b) => a.arrives - b.arrives);
  const became = new Map<Work, Past>();
  const left = new Map(all.map((work) => [work, work.seconds]));
  const waiting = new Set<Work>();
  for (;;) {
    while ((coming[0]?.arrives ?? Number.POSITIVE_INFINITY) <= now) {
      const work = coming.shift() as Work;
      turns.enter(work, work.client);
      waiting.add(work);
      became.set(work, { begun: Number.POSITIVE_INFINITY, meanwhile: new Map() });
    }
    const begin = (work: Work) => {
      turns.begin(work);
      if (!waiting.delete(work)) return;
      (became.get(work) as Past).begun = now;
    };
    for (let next = turns.next()[0]; next && turns.computing.length < workers; next = turns.next()[0]) begin(next);
    const ways = aside ? givingWay(turns) : [];
    const way = ways.find(({ after }) => after === 0);
    if (way) {
      turns.setAside(way.long);
      begin(way.short);
      continue;
    }
    const { computing } = turns;
    if (computing.length === 0 && coming.length === 0) return became;
    const until = Math.min(
      coming[0]?.arrives ?? Number.POSITIVE_INFINITY,
      ...ways.map(({ after }) => now + after),
      ...computing.map((work) => now + (left.get(work) as number)),
    );
    for (const work of computing) {
      left.set(work, (left.get(work) as number) - (until - now));
      for (const other of waiting) {
        const { meanwhile } = became.get(other) as Past;
        meanwhile.set(work.client, (meanwhile.get(work.client) ?? 0) + until - now);
      }
    }
    now = until;
    for (const work of computing) if ((left.get(work) as number) <= 1e-9) turns.leave(work);
  }
}

export const seconds = fc.integer({ min: 1, max: 400 }).map((value) => value / 10);
export const works = fc.array(
  fc.record({
    client: fc.constantFrom('a', 'b', 'c'),
    arrives: fc.integer({ min: 0, max: 200 }).map((value) => value / 2),
    seconds,
  }),
  { minLength: 1, maxLength: 30 },
);

export const longest = (all: readonly Work[]) => Math.max(...all.map((one) => one.seconds));

/** Seconds to which times are the same. */
export const close = 1e-6;
