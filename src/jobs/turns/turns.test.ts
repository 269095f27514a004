import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { close, longest, type Past, past, seconds, works } from '../../../test/support/past-work.ts';
import { patience, Turns } from './turns.ts';

const sum = (values: Iterable<number>) => Array.from(values).reduce((total, value) => total + value, 0);

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
