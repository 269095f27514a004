/** Shares of jobs: what of a key computes and waits at once, over all its clients. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { twoModels } from '../../test/support/queue-fixture.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { TributaryError } from '../errors.ts';
import { Gate } from '../inference/gate.ts';
import { anybody } from '../principal.ts';
import { attribution } from './kinds/attribution.ts';
import { JobQueue } from './queue.ts';
import { clientOf, type JobLimits, Shares, shareOf } from './shares.ts';
import { forecast } from './turns/forecast.ts';
import { Places } from './turns/places.ts';
import { Turns } from './turns/turns.ts';

const request = {
  inputIds: [72, 101, 108, 108, 111],
  targets: [{ position: 4, token: null, against: null }],
  method: 'FROZEN' as const,
  selection: {},
};

/** Jobs take as many seconds as their names end with. */
const turnsWith = (limits: JobLimits) =>
  new Turns<string>(
    (job) => Number(job.split(' ').at(-1)),
    () => 0,
    () => limits,
  );

describe('the share that a client is in', () => {
  it('is that of its key, however many connections it has; without a key that of its address', () => {
    const key = { ...anybody, key: 'k' };
    assert.deepEqual([clientOf(key, '::1'), clientOf(key, '::2', 3)], ['k', 'k']);
    const sockets = [clientOf(anybody, '::1', 1), clientOf(anybody, '::1', 2)] as const;
    assert.notEqual(...sockets, 'each takes turns of its own');
    assert.deepEqual([clientOf(anybody, '::1'), ...sockets].map(shareOf), ['::1', '::1', '::1']);
  });
});

describe('a limit of jobs that compute', () => {
  it('keeps further ones of the share waiting, and those of others not', () => {
    const turns = turnsWith({ running: 1 });
    turns.enter('a 1', '::1 socket 1');
    turns.enter('b 1', '::1 socket 2');
    turns.enter('c 1', 'key');
    turns.begin('a 1');
    assert.deepEqual([turns.mayCompute('b 1'), turns.mayCompute('c 1')], [false, true]);
    assert.equal(turns.mayCompute('b 1', 'a 1'), true, 'where the one that computes stands aside for it');
    turns.setAside('a 1');
    assert.deepEqual(turns.countsOf('::1'), { running: 0, waiting: 1 });
    assert.equal(turns.mayCompute('b 1'), true);
  });

  it('is foreseen: who waits for its own is told so, and others pass', () => {
    const turns = turnsWith({ running: 1 });
    for (const job of ['a 10', 'b 10', 'c 10']) turns.enter(job, 'one');
    turns.enter('d 10', 'two');
    turns.begin('a 10');
    const begins = new Map([...forecast(turns, 3)].map(([job, { begins }]) => [job, begins]));
    assert.deepEqual(Object.fromEntries(begins), { 'd 10': 0, 'b 10': 10, 'c 10': 20 });
  });

  it('is not passed by where a client lends another its turn', () => {
    const turns = turnsWith({ running: 1 });
    for (const job of ['a 1', 'b 1', 'c 1']) turns.enter(job, 'one');
    turns.enter('d 1', 'two');
    turns.begin('d 1');
    turns.join('c 1', 'two');
    assert.deepEqual(turns.countsOf('two'), { running: 1, waiting: 0 });
  });
});

describe('a limit of jobs that wait', () => {
  it('refuses with the time until the first of the share begins', () => {
    const turns = turnsWith({ waiting: 2 });
    for (const [job, client] of [
      ['a 10', 'x'],
      ['b 10', 'key'],
      ['c 10', 'key'],
    ] as const)
      turns.enter(job, client);
    turns.begin('a 10');
    const places = new Places(turns, { queue: 100, workers: 1, limitsOf: () => ({ waiting: 2 }) });
    assert.deepEqual([places.has('key'), places.has('x')], [false, true]);
    const refusal = places.refusal('key');
    assert.match(refusal.message, /^2 requests of this key, or address, wait already, which is its limit; try again/);
    assert.deepEqual(refusal.details, { retryAfter: 10 });
    turns.leave('b 10');
    assert.equal(places.has('key'), true);
  });
});

describe('counts of jobs', () => {
  it('are of what is there, and back at nothing when all is over, in whichever way', () => {
    const step = fc.record({
      job: fc.integer({ min: 0, max: 9 }),
      client: fc.constantFrom('k', '::1', '::1 socket 1', '::1 socket 2'),
      act: fc.constantFrom('enter', 'begin', 'setAside', 'again', 'leave', 'join'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const turns = turnsWith({ running: 2 });
        const states = () => Array.from({ length: 10 }, (_, job) => turns.stateOf(`${job} 1`));
        for (const { job, client, act } of steps) {
          const name = `${job} 1`;
          const state = turns.stateOf(name);
          if (act === 'enter' && !state) turns.enter(name, client);
          if (act === 'begin' && state && state !== 'computes' && turns.mayCompute(name)) turns.begin(name);
          if ((act === 'setAside' || act === 'again') && state === 'computes') turns[act](name);
          if (act === 'leave') turns.leave(name);
          if (act === 'join') turns.join(name, client);
          const counts = ['k', '::1'].map((share) => turns.countsOf(share));
          assert.ok(counts.every(({ running }) => running <= 2));
          const sum = (of: 'running' | 'waiting') => counts.reduce((all, count) => all + count[of], 0);
          assert.equal(sum('running'), states().filter((one) => one === 'computes').length);
          assert.equal(sum('waiting'), states().filter((one) => one === 'waits').length);
        }
        for (let job = 0; job < 10; job++) turns.leave(`${job} 1`);
        for (const share of ['k', '::1']) assert.deepEqual(turns.countsOf(share), { running: 0, waiting: 0 });
      }),
    );
  });
});

describe('a queue with shares', () => {
  const models = twoModels();
  let model: Snapshot;
  before(() => {
    model = models.a;
  });

  it('has of a key no more computing and waiting than it may, and counts nothing after answer, cancellation and refusal', async () => {
    const shares = new Shares({ running: 1, waiting: 1 });
    shares.know({ ...anybody, key: 'two', limits: { running: 2 } });
    const queue = new JobQueue({ workers: 2, threads: 1, queue: 10, limitsOf: shares.of });
    const gates: Gate[] = [];
    const ask = (client: string, signal?: AbortSignal) => {
      const gate = new Gate();
      gate.hold(0);
      gates.push(gate);
      const began = Promise.withResolvers<void>();
      const answer = queue.run(attribution, model, request, { client, gate, signal, onStart: began.resolve });
      return { answer, began: began.promise };
    };
    const first = ask('one');
    await first.began;
    const leaving = new AbortController();
    const second = ask('one', leaving.signal);
    // A worker is free all the while.
    while ((await queue.countsOf('one')).waiting === 0) await new Promise(setImmediate);
    assert.deepEqual(await queue.countsOf('one'), { running: 1, waiting: 1 });
    const refusal: TributaryError = await ask('one').answer.then(
      () => assert.fail('it was let in'),
      (error) => error,
    );
    assert.equal(refusal.code, 'OVER_CAPACITY');
    assert.ok(Number(refusal.details.retryAfter) >= 1);
    const other = ask('two');
    await other.began;
    leaving.abort();
    await assert.rejects(second.answer, { code: 'CANCELLED' });
    assert.deepEqual(await queue.countsOf('one'), { running: 1, waiting: 0 });
    for (const gate of gates) gate.release();
    await Promise.all([first.answer, other.answer]);
    for (const client of ['one', 'two']) assert.deepEqual(await queue.countsOf(client), { running: 0, waiting: 0 });
    await queue.close();
  });
});

describe('turns', () => {
  it('alternate by key, and not by connection', () => {
    let now = 0;
    const turns = new Turns<string>(
      () => 1,
      () => now,
    );
    const [many, few] = [
      { ...anybody, key: 'many' },
      { ...anybody, key: 'few' },
    ];
    // Over six connections one, over a single one the other.
    for (let job = 0; job < 6; job++) turns.enter(`many ${job}`, clientOf(many, '::1', job));
    for (let job = 0; job < 6; job++) turns.enter(`few ${job}`, clientOf(few, '::1', 9));
    const order: string[] = [];
    for (let [job] = turns.next(); job; [job] = turns.next()) {
      turns.begin(job);
      now += 1;
      turns.leave(job);
      order.push(job.split(' ')[0] as string);
    }
    assert.equal(order.length, 12);
    for (let pair = 0; pair < 12; pair += 2) assert.notEqual(order[pair], order[pair + 1], order.join(' '));
  });
});
