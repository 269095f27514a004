import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { close, type Past, past, seconds, type Work } from '../../../test/support/past-work.ts';
import { forecast } from './forecast.ts';
import { Turns } from './turns.ts';

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

  it('tells of one that might come what it would tell if it had', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ client: fc.constantFrom('a', 'b'), seconds }), { maxLength: 12 }),
        fc.record({ client: fc.constantFrom('a', 'b', 'new'), seconds }),
        fc.integer({ min: 1, max: 3 }),
        (there, newcomer, workers) => {
          const all = [...there, newcomer].map((job, index) => ({
            ...job,
            seconds: job.seconds + Math.sqrt(index + 2) / 1000,
          }));
          const job = all.at(-1) as (typeof all)[number];
          const turns = new Turns<(typeof all)[number]>(
            (one) => one.seconds,
            () => 0,
          );
          for (const one of all.slice(0, -1)) turns.enter(one, one.client);
          const [first] = turns.next();
          if (first) turns.begin(first);
          const before = [...forecast(turns, workers)];
          const expected = forecast(turns, workers, { ...job, job: 'newcomer' }).get('newcomer');
          assert.deepEqual([...forecast(turns, workers)], before, 'it has changed no turn');
          turns.enter(job, job.client);
          assert.deepEqual(expected, forecast(turns, workers).get(job));
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
