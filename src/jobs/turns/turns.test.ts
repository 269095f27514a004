import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { forecast } from './forecast.ts';
import { givingWay } from './giving-way.ts';
import { patience, Turns } from './turns.ts';

interface Work {
  readonly client: string;
  readonly arrives: number;
  readonly seconds: number;
}

/** What became of a job: when it began, and how long jobs of each client computed from when it came until then. */
interface Past {
  begun: number;
  readonly meanwhile: Map<string, number>;
}

const close = 1e-6;

/** Lets the work come and be done by so many workers. @param aside whether long work gives way to short */
function past(all: readonly Work[], { workers = 1, aside = false } = {}): Map<Work, Past> {
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

const seconds = fc.integer({ min: 1, max: 400 }).map((value) => value / 10);
const work = fc.record({
  client: fc.constantFrom('a', 'b', 'c'),
  arrives: fc.integer({ min: 0, max: 200 }).map((value) => value / 2),
  seconds,
});
const works = fc.array(work, { minLength: 1, maxLength: 30 });
const sum = (values: Iterable<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const longest = (all: readonly Work[]) => Math.max(...all.map((one) => one.seconds));

describe('turns', () => {
  for (const aside of [false, true]) {
    const where = aside ? ', where long work gives way' : '';

    it(`let a job wait for twice what is older of its client, a moment, and one job${where}`, () => {
      fc.assert(
        fc.property(works, (all) => {
          for (const [job, { meanwhile }] of past(all, { aside })) {
            const own = all.filter(({ client }) => client === job.client);
            const older = sum(own.filter(({ arrives }) => arrives <= job.arrives).map((one) => one.seconds));
            const bound = 2 * older + patience + longest(own);
            assert.ok((meanwhile.get(job.client) ?? 0) <= bound + close);
          }
        }),
      );
    });

    it(`give no client more than another one that waits, but for a job of each${where}`, () => {
      fc.assert(
        fc.property(works, (all) => {
          for (const [job, { meanwhile }] of past(all, { aside })) {
            const own = meanwhile.get(job.client) ?? 0;
            for (const [client, had] of meanwhile)
              if (client !== job.client) assert.ok(had <= own + 2 * longest(all) + close);
          }
        }),
      );
    });

    it(`let everything begin at last, also while others come without end${where}`, () => {
      fc.assert(
        fc.property(seconds, fc.integer({ min: 1, max: 8 }), fc.boolean(), (long, times, same) => {
          const short = long / times;
          const first = { client: 'a', arrives: 0, seconds: long };
          const job = { client: 'a', arrives: 0, seconds: long };
          // As many as come while the long one computes have a share too.
          const bound = (times + 3) * (2 * long + 2 * short) + 2 * patience;
          const count = Math.ceil((2 * bound) / short);
          // Each as the one before ends, of the same client or of one that was never seen.
          const others = Array.from({ length: count }, (_, index) => ({
            client: same ? 'a' : `b${index}`,
            arrives: index * short,
            seconds: short,
          }));
          const { begun } = past([first, job, ...others], { aside }).get(job) as Past;
          assert.ok(begun <= bound + close, `${begun}`);
        }),
      );
    });
  }

  const jobs = (...all: [client: string, seconds: number][]) => {
    let now = 0;
    const turns = new Turns<string>(
      (job) => Number(job.split(' ')[1]),
      () => now,
    );
    const names = all.map(([client, length], index) => `${client}${index} ${length}`);
    for (const [index, [client]] of all.entries()) turns.enter(names[index] as string, client);
    const pass = (time: number) => {
      now += time;
    };
    return { turns, names: names as [string, string, string, string], pass };
  };

  it('put short work of a client before long, and of equal length what came first', () => {
    const { turns, names } = jobs(['a', 5], ['a', 1], ['a', 5]);
    assert.deepEqual(turns.next(), [names[1], names[0], names[2]]);
  });

  it('go round by client, however many jobs one of them has', () => {
    const { turns, names, pass } = jobs(['a', 5], ['a', 5], ['a', 5], ['b', 5]);
    turns.begin(names[0]);
    pass(5);
    turns.leave(names[0]);
    assert.equal(turns.next()[0], names[3]);
  });

  it('count what computes already, where there are several workers', () => {
    const { turns, names } = jobs(['a', 5], ['a', 5], ['b', 9]);
    turns.begin(names[0]);
    assert.equal(turns.next()[0], names[2]);
  });

  it('leave what one who is alone has had behind: who comes new is not before it for as long', () => {
    const { turns, names, pass } = jobs(['a', 100], ['a', 100]);
    turns.begin(names[0]);
    pass(100);
    turns.leave(names[0]);
    turns.enter('b 60', 'b');
    turns.begin('b 60');
    pass(60);
    turns.leave('b 60');
    turns.enter('b 50', 'b');
    assert.equal(turns.next()[0], names[1]);
  });

  it('do not count the time that a job stood aside, and let it go on before what is hardly shorter', () => {
    const { turns, names, pass } = jobs(['a', 10], ['a', 6], ['a', 1]);
    turns.begin(names[0]);
    pass(2);
    turns.setAside(names[0]);
    turns.begin(names[2]);
    pass(1);
    turns.leave(names[2]);
    assert.equal(turns.remaining(names[0]), 8);
    assert.equal(turns.next()[0], names[0]);
  });

  it('are lifted by a second client who waits for the same, where its turn comes sooner, and never put back', () => {
    const { turns, names, pass } = jobs(['a', 5], ['a', 5], ['a', 5], ['a', 5]);
    turns.begin(names[0]);
    pass(1);
    turns.join(names[3], 'b');
    assert.equal(turns.next()[0], names[3]);
    turns.join(names[3], 'a');
    assert.equal(turns.next()[0], names[3]);
  });

  it('forget clients who have left nothing', () => {
    const { turns } = jobs();
    for (let index = 0; index < 3; index++) {
      turns.enter('b 1', `b${index}`);
      turns.leave('b 1');
    }
    assert.deepEqual(turns.next(), []);
    assert.equal(turns.stateOf('b 1'), undefined);
  });
});

describe('giving way', () => {
  const pairs = (running: number, computed: number, short: number, client: string) => {
    let now = 0;
    const turns = new Turns<string>(
      (job) => Number(job),
      () => now,
    );
    turns.enter(`${running}`, 'a');
    turns.begin(`${running}`);
    now = computed;
    turns.enter(`${short}`, client);
    return givingWay(turns);
  };
  const atOnce = (...all: Parameters<typeof pairs>) => pairs(...all).filter(({ after }) => after === 0);

  for (const client of ['a', 'b']) {
    it(`is for what is four times shorter, of ${client === 'a' ? 'the same' : 'another'} client`, () => {
      assert.deepEqual(atOnce(8, 0, 2, client), [{ long: '8', short: '2', after: 0 }]);
      assert.deepEqual(pairs(8, 0, 2.1, client), []);
      assert.deepEqual(atOnce(8, 1, 2, client), [], 'what it has still to do counts');
    });

    it(`is for what is about to end once that is overdue, of ${client === 'a' ? 'the same' : 'another'} client`, () => {
      assert.deepEqual(pairs(8, 7.5, 0.1, client), [{ long: '8', short: '0.1', after: 1.5 }]);
      assert.equal(atOnce(8, 9, 0.1, client).length, 1);
      assert.deepEqual(pairs(8, 8, 1, client), [{ long: '8', short: '1', after: 4 }]);
    });
  }

  it('is not for what ends within a second', () => {
    assert.deepEqual(pairs(0.9, 0, 0.01, 'b'), []);
    assert.equal(atOnce(1.1, 0, 0.01, 'b').length, 1);
  });

  it('waits until the one that has less had as much', () => {
    let now = 0;
    const turns = new Turns<string>(
      (job) => Number(job),
      () => now,
    );
    turns.enter('90', 'a');
    turns.begin('90');
    turns.enter('20', 'b');
    turns.setAside('90');
    turns.begin('20');
    now = 20;
    turns.leave('20');
    turns.begin('90');
    turns.enter('1', 'b');
    const [way] = givingWay(turns);
    assert.equal(way?.after, 20);
    now = 40;
    assert.equal(givingWay(turns)[0]?.after, 0);
  });
});

describe('a forecast', () => {
  it('tells for each job when it begins, as it does where all take what was expected', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ client: fc.constantFrom('a', 'b', 'c'), arrives: fc.constant(0), seconds }), {
          minLength: 1,
          maxLength: 20,
        }),
        fc.integer({ min: 1, max: 3 }),
        (rounded, workers) => {
          // No two sums are equal, of which rounding would say which is less.
          const all = rounded.map((job, index) => ({ ...job, seconds: job.seconds + Math.sqrt(index + 2) / 1000 }));
          const turns = new Turns<Work>(
            (job) => job.seconds,
            () => 0,
          );
          for (const job of all) turns.enter(job, job.client);
          const told = forecast(turns, workers);
          assert.equal(told.size, all.length);
          const actual = past(all, { workers, aside: true });
          for (const [job, { begins }] of told) assert.ok(Math.abs(begins - (actual.get(job) as Past).begun) <= close);
          const order = [...told.values()];
          assert.deepEqual(
            order.map(({ position }) => position),
            [...order.keys()].map((index) => index + 1),
          );
          assert.ok(order.every(({ begins }, index) => index === 0 || begins >= (order[index - 1]?.begins ?? 0)));
        },
      ),
    );
  });

  it('counts what is under way among those before, and changes no turn', () => {
    const turns = new Turns<string>(
      (job) => Number(job),
      () => 0,
    );
    for (const job of ['30', '20', '10']) turns.enter(job, 'a');
    turns.begin('30');
    assert.deepEqual(
      [...forecast(turns, 1)],
      [
        ['10', { position: 1, ahead: 1, begins: 30 }],
        ['20', { position: 2, ahead: 2, begins: 40 }],
      ],
    );
    assert.deepEqual(turns.computing, ['30']);
    assert.deepEqual(turns.next(), ['10', '20']);
  });

  it('counts once what each job takes, however many there are', () => {
    const counted: string[] = [];
    const turns = new Turns<string>(
      (job) => {
        counted.push(job);
        return 1;
      },
      () => 0,
    );
    const all = Array.from({ length: 20 }, (_, index) => `${index}`);
    for (const job of all) turns.enter(job, `${Number(job) % 3}`);
    forecast(turns, 1);
    assert.deepEqual(counted.sort(), all.sort());
  });

  it('tells of a short job that a long one gives way to at once, and of when that goes on', () => {
    const turns = new Turns<string>(
      (job) => Number(job),
      () => 0,
    );
    turns.enter('40', 'a');
    turns.begin('40');
    turns.enter('2', 'b');
    assert.equal(forecast(turns, 1).get('2')?.begins, 0);
    turns.setAside('40');
    turns.begin('2');
    assert.deepEqual(forecast(turns, 1).get('40'), { position: 1, ahead: 1, begins: 2 });
  });
});
