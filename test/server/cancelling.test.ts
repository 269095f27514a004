/** It really stops: subscribers leave at once, runs end between two blocks, and nothing is left behind. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import {
  CancelRunDocument,
  CirculationDocument,
  DeleteRunDocument,
  LogitAttributionDocument,
  ModelsDocument,
  StartCirculationDocument,
} from '../../src/client/generated/graphql.ts';
import { collect, fastest, startTestServer, type TestServer } from './harness.ts';

const ids = (seed: number, length = 40) => Array.from({ length }, (_, position) => (seed * 131 + position * 17) % 280);

describe('a run', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const start = async (seed: number, length = 40) => {
    const { startCirculation } = await server.client.request(StartCirculationDocument, {
      input: { model: 'llama', prompt: { tokenIds: ids(seed, length) } },
    });
    assert.ok(startCirculation.__typename === 'RunPayload', JSON.stringify(startCirculation));
    return startCirculation.run;
  };

  it('is left by a subscriber in under 50 ms while a block is held, and goes on for who comes back within the grace', async () => {
    server.queue.holdBefore = 1;
    const runs: string[] = [];
    const took = await fastest(5, async (attempt) => {
      const events = server.client.subscribe(CirculationDocument, {
        input: { model: 'llama', prompt: { tokenIds: ids(100 + attempt) } },
      });
      const started = (await events.next()).value?.circulation as { run: { id: string } };
      runs.push(started.run.id);
      await events.next();
      const pending = events.next();
      const before = performance.now();
      await events.return?.();
      assert.equal((await pending).done, true);
      const milliseconds = performance.now() - before;
      server.queue.lastGate?.release();
      return milliseconds;
    });
    server.queue.holdBefore = -1;
    assert.ok(took < 50, `took ${took} ms`);
    for (const id of runs)
      assert.equal((await collect(server.client.followRun(id))).at(-1)?.__typename, 'CirculationCompleted');
  });

  it('ends between two blocks when nobody reads it any more, and what waits behind it begins', async () => {
    const impatient = await startTestServer({ LEAVE_GRACE: '0' });
    try {
      const ask = (seed: number) => ({ input: { model: 'llama', prompt: { tokenIds: ids(seed) } } });
      impatient.queue.holdBefore = 1;
      const left = impatient.client.subscribe(CirculationDocument, ask(0));
      const started = (await left.next()).value?.circulation as { run: { id: string } };
      await left.next();
      impatient.queue.holdBefore = -1;
      const behind = collect(impatient.client.subscribe(CirculationDocument, ask(1)));
      await left.return?.();
      assert.equal((await behind).at(-1)?.circulation.__typename, 'CirculationCompleted');
      assert.deepEqual(
        (await collect(impatient.client.followRun(started.run.id))).map(({ __typename }) => __typename),
        ['CirculationStarted', 'LayerCirculated', 'RunCancelled'],
      );
    } finally {
      await impatient.close();
    }
  });

  it('is left at once on the server side too: the next operation on the socket is served while the block is held', async () => {
    server.queue.holdBefore = 1;
    const socket = createClient({ url: server.url.replace('http', 'ws'), lazy: false, retryAttempts: 0 });
    let received = 0;
    const leave = socket.subscribe(
      {
        query: `subscription { circulation(input: { model: "llama", prompt: { tokenIds: [${ids(2)}] } }) { __typename } }`,
      },
      { next: () => received++, error: () => undefined, complete: () => undefined },
    );
    for (const end = Date.now() + 10_000; received < 2 && Date.now() < end; )
      await server.client.request(ModelsDocument, {});
    assert.equal(received, 2);
    leave();
    const answer = await new Promise<unknown>((resolve, reject) =>
      socket.subscribe({ query: '{ __typename }' }, { next: resolve, error: reject, complete: () => undefined }),
    );
    assert.deepEqual(answer, { data: { __typename: 'Query' } });
    server.queue.holdBefore = -1;
    server.queue.lastGate?.release();
    await socket.dispose();
  });

  it('ends between two blocks when it is cancelled, keeps what it told, and can be asked for anew', async () => {
    server.queue.holdBefore = 2;
    const run = await start(3);
    const events = server.client.followRun(run.id);
    for (let index = 0; index < 3; index++) await events.next();
    const { cancelRun } = await server.client.request(CancelRunDocument, { id: run.id });
    assert.ok(cancelRun.__typename === 'RunPayload');
    assert.equal(cancelRun.run.status, 'CANCELLED');
    assert.equal(cancelRun.run.eventCount, 4, 'started, two blocks, cancelled');
    assert.deepEqual(
      (await collect(events)).map(({ __typename }) => __typename),
      ['RunCancelled'],
    );
    server.queue.holdBefore = -1;

    const twice = await server.client.request(CancelRunDocument, { id: run.id });
    assert.equal(twice.cancelRun.__typename, 'RunStateError');
    const again = await start(3);
    assert.notEqual(again.id, run.id);
    assert.equal((await collect(server.client.followRun(again.id))).at(-1)?.__typename, 'CirculationCompleted');
  });

  it('that waits in the queue is cancelled without a worker', async () => {
    server.queue.holdBefore = 1;
    const held = await start(4);
    const gate = server.queue.lastGate;
    const waiting = await start(5);
    assert.equal(waiting.status, 'QUEUED');
    const refused = await server.client.request(DeleteRunDocument, { id: waiting.id });
    assert.equal(refused.deleteRun.__typename, 'RunStateError');
    const { cancelRun } = await server.client.request(CancelRunDocument, { id: waiting.id });
    assert.ok(cancelRun.__typename === 'RunPayload' && cancelRun.run.status === 'CANCELLED');
    server.queue.holdBefore = -1;
    gate?.release();
    assert.equal((await collect(server.client.followRun(held.id))).at(-1)?.__typename, 'CirculationCompleted');
  });

  it('can be started and cancelled 200 times, before any of its blocks, and the server answers as before', async () => {
    for (let round = 0; round < 200; round++) {
      server.queue.holdBefore = round % 3;
      const run = await start(round, 30);
      // Every other one is cancelled while it waits before its block, the others wherever they are by then.
      if (round % 2 === 0) await server.client.followRun(run.id).next();
      const { cancelRun } = await server.client.request(CancelRunDocument, { id: run.id });
      assert.ok(cancelRun.__typename === 'RunPayload', JSON.stringify(cancelRun));
      assert.equal(cancelRun.run.status, 'CANCELLED');
      assert.ok(cancelRun.run.eventCount <= (round % 3) + 2, `${cancelRun.run.eventCount} events`);
    }
    server.queue.holdBefore = -1;
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, {
      input: { model: 'llama', prompt: { tokenIds: ids(9) } },
    });
    assert.ok(logitAttribution.__typename === 'LogitAttribution' && logitAttribution.audit.passed);
    assert.equal((await collect(server.client.followRun((await start(0, 20)).id))).length, 5);
  });

  it('is refused when the queue is full, with the limit in the message', async () => {
    const small = await startTestServer({ MAX_QUEUE: '1' });
    try {
      small.queue.holdBefore = 0;
      const ask = (seed: number) => ({ input: { model: 'llama', prompt: { tokenIds: ids(seed) } } });
      const running = small.client.subscribe(CirculationDocument, ask(0));
      assert.equal((await running.next()).value?.circulation.__typename, 'CirculationStarted');
      const gate = small.queue.lastGate;
      const { startCirculation: queued } = await small.client.request(StartCirculationDocument, ask(1));
      assert.ok(queued.__typename === 'RunPayload');
      const [refused] = await collect(small.client.subscribe(CirculationDocument, ask(2)));
      const event = refused?.circulation;
      assert.ok(event?.__typename === 'RunFailed' && event.error.code === 'OVER_CAPACITY', JSON.stringify(event));
      assert.match(event.error.message, /1 requests wait already, which is the limit/);
      small.queue.holdBefore = -1;
      gate?.release();
      small.queue.lastGate?.release();
      assert.equal((await collect(running)).at(-1)?.circulation.__typename, 'CirculationCompleted');
    } finally {
      small.queue.lastGate?.cancel();
      await small.close();
    }
  });
});
