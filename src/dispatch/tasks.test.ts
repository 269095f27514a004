import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  always,
  revision,
  type TaskMember,
  type TemporaryTasks,
  taskOf,
  temporaryTasks,
} from '../../test/support/cluster/tasks.ts';
import { noPostgres } from '../../test/support/postgres/binaries.ts';
import { TributaryError } from '../errors.ts';
import { requestScope } from '../request-scope.ts';
import { takeBack, takeOver } from './takeover.ts';
import { errorOf, failureOf, mostAttempts, type TakenTask } from './task.ts';
import type { Waiting } from './task-counts.ts';

describe('tasks', { skip: noPostgres ?? false }, () => {
  let tasks: TemporaryTasks;
  let server: TaskMember;
  let worker: TaskMember;
  before(async () => {
    tasks = await temporaryTasks();
    [server, worker] = [await tasks.join('SERVER'), await tasks.join('WORKER')];
  });
  after(() => tasks[Symbol.asyncDispose]());
  const put = async (...of: Parameters<typeof taskOf>) => {
    const task = taskOf(...of);
    await server.asked.put(task, always);
    return task;
  };
  const take = async (by = worker): Promise<TakenTask> =>
    (await by.taken.take(revision)) ?? assert.fail('none was taken');
  const done = (task: TakenTask, by = worker) => by.taken.answer(task, { result: 1, took: undefined });
  const parts = () => ({ asked: server.asked, taken: worker.taken, store: tasks.store });

  it('are taken once, however many take, and carry the trace of who asked', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const task = await requestScope.run({ id: 'request', trace: { traceparent } }, () => put());
    const other = await tasks.join('WORKER');
    const all = await Promise.all([worker, other, worker, other].map(({ taken }) => taken.take(revision)));
    const [taken, ...more] = all.filter((one) => one !== undefined);
    assert.deepEqual([taken, more], [{ ...task, attempt: 1, trace: traceparent }, []]);
    const [holder, stranger] = (await worker.taken.standing()).size > 0 ? [worker, other] : [other, worker];
    const answer = { result: new Float32Array([1.5, Number.NaN]), took: undefined };
    await stranger.taken.answer(taken as TakenTask, answer);
    assert.equal((await server.asked.look(task.id, 0)).answer, undefined);
    await holder.taken.answer(taken as TakenTask, answer);
    await holder.taken.answer(taken as TakenTask, { result: 'a second one', took: undefined });
    assert.deepEqual((await server.asked.look(task.id, 0)).answer, answer);
    await server.asked.forget(task.id);
    assert.deepEqual(await server.asked.look(task.id, 0), { isThere: false, steps: [], answer: undefined });
    assert.equal(await worker.taken.take(revision), undefined);
  });

  it('tell steps in their order, with arrays of floats as they are, and each once', async () => {
    const { id } = await put();
    const task = await take();
    const floats = new Float32Array([0.1, -0, Number.POSITIVE_INFINITY, 1e-40]);
    assert.equal(await worker.taken.step(task, 0, [{ type: 'begun' }, { type: 'step', step: { floats } }]), true);
    assert.equal(await worker.taken.step(task, 2, [{ type: 'step', step: floats.subarray(1, 3) }]), true);
    const { steps } = await server.asked.look(id, 0);
    assert.deepEqual(steps[1], { type: 'step', step: { floats } });
    assert.ok((steps[1] as { step: { floats: unknown } }).step.floats instanceof Float32Array);
    assert.deepEqual((await server.asked.look(id, 2)).steps, [
      { type: 'step', step: new Float32Array([-0, Number.POSITIVE_INFINITY]) },
    ]);
    await done(task);
  });

  it('tell failures as the errors that they were', async () => {
    const { id } = await put();
    const error = new TributaryError('OVER_CAPACITY', 'too much', { retryAfter: 3 });
    await worker.taken.answer(await take(), { failure: failureOf(error) });
    const { answer } = await server.asked.look(id, 0);
    assert.ok(answer && 'failure' in answer);
    const back = errorOf(answer.failure) as TributaryError;
    assert.deepEqual([back.code, back.message, back.details], [error.code, error.message, error.details]);
    assert.ok(back instanceof TributaryError && !(errorOf(failureOf(new Error('ours'))) instanceof TributaryError));
  });

  it('that are given back count no attempt, and come before those that wait', async () => {
    const first = await put();
    const task = await take();
    await put();
    await worker.taken.step(task, 0, [{ type: 'begun' }]);
    await worker.taken.giveBack(task);
    assert.deepEqual((await server.asked.look(first.id, 0)).steps, []);
    const again = await take();
    assert.deepEqual([again.id, again.attempt], [first.id, 1]);
    await worker.taken.giveBack(again, 60);
    const second = await take();
    assert.notEqual(second.id, first.id);
    assert.equal(await worker.taken.take(revision), undefined, 'not for a minute');
    await done(second);
    await server.asked.withdraw(first.id);
  });

  it('of a lost worker go to another one, three times at the most; then whoever waits is told', async () => {
    const { id } = await put();
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const lost = await tasks.join('WORKER');
      const task = await take(lost);
      assert.deepEqual([task.id, task.attempt], [id, attempt]);
      await lost.taken.step(task, 0, [{ type: 'begun' }]);
      await tasks.mark(lost);
      // By whoever notices, at once and again.
      const member = { id: lost.id, kind: 'WORKER' } as const;
      await Promise.all([takeOver(member, parts()), takeOver(member, { ...parts(), taken: lost.taken })]);
      await takeOver(member, parts());
      assert.equal(await lost.taken.step(task, 1, [{ type: 'begun' }]), false, 'it is not its own any more');
      await tasks.remove(lost);
    }
    const { answer } = await server.asked.look(id, 0);
    assert.ok(answer && 'failure' in answer && answer.failure.code === 'OVER_CAPACITY');
    assert.match(answer.failure.message, /lost 3 times/);
    assert.equal(await worker.taken.take(revision), undefined);
  });

  it('that a worker has and does not do are given up too once they were taken so often', async () => {
    const { id } = await put();
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      assert.equal((await take()).attempt, attempt);
      await takeBack({ worker: worker.id, ids: [id] }, parts());
    }
    assert.ok((await server.asked.look(id, 0)).answer);
    assert.deepEqual([...(await worker.taken.standing())], []);
  });

  it('are not taken by who is taken for lost, and those of workers that nobody knows go to others', async () => {
    const { id } = await put();
    const lost = await tasks.join('WORKER');
    const task = await take(lost);
    await put();
    await tasks.mark(lost);
    assert.equal(await lost.taken.take(revision), undefined);
    await tasks.remove(lost);
    assert.equal(await lost.taken.take(revision), undefined);
    // Its row is gone, and what it had taken in that moment is found by whoever looks next.
    await takeBack({ lost: 'another one' }, parts());
    const all = [await take(), await take()];
    assert.deepEqual(new Set(all.map((one) => [one.id === id, one.attempt].join())), new Set(['true,2', 'false,1']));
    await lost.taken.answer(task, { result: 'late', took: undefined });
    assert.equal((await server.asked.look(id, 0)).answer, undefined);
    await Promise.all(all.map((one) => done(one)));
  });

  it('are withdrawn in the moment in which they are taken, one or the other', async () => {
    const began = performance.now();
    for (let round = 0; round < 10; round++) {
      const { id } = await put();
      const [taken] = await Promise.all([worker.taken.take(revision), server.asked.withdraw(id)]);
      assert.equal((await server.asked.look(id, 0)).isThere, false);
      if (taken) {
        assert.equal(await worker.taken.step(taken, 0, [{ type: 'begun' }]), false);
        await done(taken);
      }
      assert.equal(await worker.taken.take(revision), undefined);
    }
    // A deadlock is found after a second.
    const time = performance.now() - began;
    assert.ok(time < 4000, `${time} ms`);
  });

  it('of a lost server that nobody waits for are withdrawn', async () => {
    const lost = await tasks.join('SERVER');
    const [waiting, kept] = [taskOf(), await put()];
    await lost.asked.put(waiting, always);
    await takeOver({ id: lost.id, kind: 'SERVER' }, parts());
    assert.equal((await server.asked.look(waiting.id, 0)).isThere, false);
    assert.equal((await server.asked.look(kept.id, 0)).isThere, true);
    await done(await take());
  });

  it('are taken in turns by client', async () => {
    const order: string[] = [];
    for (const client of ['many', 'many', 'many', 'one']) await put(client);
    for (let index = 0; index < 4; index++) {
      const task = await take();
      order.push(task.client);
      await done(task);
    }
    assert.deepEqual(order, ['many', 'one', 'many', 'many']);
  });

  it('of a share that has as many at workers as it may are passed over, whoever takes', async () => {
    const limited = { mostTaken: 2 };
    for (const socket of [1, 2, 3, 4]) await put(`key socket ${socket}`, limited);
    const other = await tasks.join('WORKER');
    const all = await Promise.all([worker, other, worker, other].map(({ taken }) => taken.take(revision)));
    assert.equal(all.filter(Boolean).length, 2, 'also where several take at once');
    const counts = await tasks.counts.countsOf('key');
    assert.deepEqual(counts, { running: 2, waiting: 2 });
    assert.deepEqual(await tasks.counts.waits([revision]), new Map(), 'there is nothing to be taken');
    const free = await put('somebody else');
    assert.equal((await take()).id, free.id);
    const held = all.flatMap((task, index) => (task ? [{ task, by: index % 2 === 0 ? worker : other }] : []));
    tasks.notes.length = 0;
    for (const { task, by } of held) {
      await done(task, by);
      assert.ok(
        tasks.notes.some((note) => 'task' in note && note.what === 'new'),
        'others hear that there is room',
      );
      assert.equal((await take()).client.startsWith('key'), true);
    }
    assert.equal(await worker.taken.take(revision), undefined);
  });

  it('are put where there is place, by what waits of all, of the client and in its share', async () => {
    await using own = await temporaryTasks();
    const { asked } = await own.join('SERVER');
    const told: Waiting[] = [];
    for (const client of ['a', 'key socket 1', 'key socket 2'])
      await asked.put(taskOf(client), (waiting) => told.push(waiting));
    assert.deepEqual(told, [
      { client: 'a', all: 0, own: 0, inShare: 0 },
      { client: 'key socket 1', all: 1, own: 0, inShare: 0 },
      { client: 'key socket 2', all: 2, own: 0, inShare: 1 },
    ]);
    const full = new TributaryError('OVER_CAPACITY', 'full');
    const task = taskOf();
    await assert.rejects(
      asked.put(task, () => {
        throw full;
      }),
      full,
    );
    assert.equal((await asked.look(task.id, 0)).isThere, false);
    const ages = await own.counts.waits([revision, 'unknown']);
    assert.deepEqual([...ages.keys()], [revision]);
  });
});
