/** It really streams: over a real WebSocket, each event the moment its block is passed. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  CirculationDocument,
  type CirculationEventPartsFragment,
  RunDocument,
  RunEventsDocument,
  StoredEventsDocument,
} from '../../src/client/generated/graphql.ts';
import { collect, startTestServer, type TestServer, untimed } from './harness.ts';

const prompt = { text: 'When Mary and John went to the store, John gave a drink to' };

describe('a circulation over WebSocket', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());
  afterEach(() => {
    server.queue.holdBefore = -1;
  });

  it('sends the events of the blocks that are passed, and none of those that are held back', async () => {
    for (const held of [0, 1, 3]) {
      server.queue.holdBefore = held;
      const events = server.client.subscribe(CirculationDocument, {
        input: { model: 'sample', prompt, track: [held] },
      });
      const received: CirculationEventPartsFragment[] = [];
      for (let index = 0; index <= held; index++)
        received.push((await events.next()).value?.circulation as CirculationEventPartsFragment);
      assert.deepEqual(
        received.map((event) => ('layer' in event ? event.layer : event.__typename)),
        ['CirculationStarted', ...Array.from({ length: held }, (_, layer) => layer)],
      );
      // The next one is asked for and must not come; another operation on the same server goes through meanwhile.
      const next = events.next();
      const runId = 'run' in (received[0] ?? {}) ? (received[0] as { run: { id: string } }).run.id : '';
      const { run } = await server.client.request(RunDocument, { id: runId });
      assert.equal(run?.status, 'RUNNING');
      assert.equal(run?.eventCount, held + 1, 'nothing beyond the held block is stored either');
      assert.equal(await Promise.race([next.then(() => 'an event'), Promise.resolve('nothing')]), 'nothing');
      server.queue.lastGate?.release();
      const rest = [(await next).value?.circulation, ...(await collect(events)).map(({ circulation }) => circulation)];
      assert.equal(rest.at(-1)?.__typename, 'CirculationCompleted');
    }
  });

  it('tells the same live, in a replay, from the middle, and to a second subscriber who joins', async () => {
    const input = { model: 'sample', prompt, track: [1, 3], target: { token: { text: ' Mary' } } };
    server.queue.holdBefore = 2;
    const first = server.client.subscribe(CirculationDocument, { input });
    const started = (await first.next()).value?.circulation as CirculationEventPartsFragment;
    const joined = collect(server.client.subscribe(CirculationDocument, { input }));
    server.queue.lastGate?.release();
    const live = [started, ...(await collect(first)).map(({ circulation }) => circulation)];
    assert.deepEqual(
      (await joined).map(({ circulation }) => circulation),
      live,
    );

    const replay = await collect(server.client.subscribe(CirculationDocument, { input }));
    assert.deepEqual(
      replay.map(({ circulation }) => circulation),
      live,
      'asking again replays, with the same run, times and figures',
    );
    const { id } = (started as { run: { id: string } }).run;
    for (const after of [0, 2]) {
      const resumed = await collect(server.client.subscribe(RunEventsDocument, { runId: id, after }));
      assert.deepEqual(
        resumed.map(({ runEvents }) => runEvents),
        live.slice(after + 1),
      );
      const { run } = await server.client.request(StoredEventsDocument, { id, after: String(after) });
      assert.deepEqual(
        run?.events?.edges.map(({ node }) => node.seq),
        [...live.keys()].slice(after + 1),
      );
    }
    assert.deepEqual(await collect(server.client.followRun(id)), live);

    const { run } = await server.client.request(StoredEventsDocument, { id });
    assert.deepEqual(
      run?.events?.edges.map(({ node: { __typename, seq, at } }) => ({ __typename, seq, at })),
      live.map((event) => ('seq' in event ? { __typename: event.__typename, seq: event.seq, at: event.at } : {})),
    );
    assert.deepEqual(
      run?.events?.edges.map(({ node }) => node.seq),
      [...live.keys()],
      'dense from 0',
    );
  });

  it('computes the same figures anew after its run was deleted', async () => {
    const input = { model: 'llama', prompt: { tokenIds: [5, 9, 70, 3, 42] }, track: [0, 4] };
    const events = async () =>
      (await collect(server.client.subscribe(CirculationDocument, { input }))).map(({ circulation }) => circulation);
    const once = await events();
    const { DeleteRunDocument } = await import('../../src/client/generated/graphql.ts');
    const { id } = (once[0] as { run: { id: string } }).run;
    const { deleteRun } = await server.client.request(DeleteRunDocument, { id });
    assert.equal(deleteRun.__typename, 'RunPayload');
    const again = await events();
    assert.notEqual((again[0] as { run: { id: string } }).run.id, id);
    assert.deepEqual(again.map(untimed), once.map(untimed));
  });

  it('ends with the same score that the attribution of the token has', async () => {
    const target = { token: { text: ' Mary' }, against: { text: ' John' } };
    const length = 14;
    const track = Array.from({ length }, (_, position) => position);
    const events = await collect(
      server.client.subscribe(CirculationDocument, { input: { model: 'sample', prompt, track, target } }),
    );
    const { LogitAttributionDocument } = await import('../../src/client/generated/graphql.ts');
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, {
      input: { model: 'sample', prompt, target },
    });
    const completed = events.at(-1)?.circulation;
    assert.ok(completed?.__typename === 'CirculationCompleted' && logitAttribution.__typename === 'LogitAttribution');
    assert.equal(completed.tracked.length, length);
    for (const [position, { score }] of completed.tracked.entries()) {
      const attributed = logitAttribution.tokens[position]?.score ?? Number.NaN;
      assert.ok(
        Math.abs(score - attributed) <= 1e-4 * Math.max(1, Math.abs(attributed)),
        `position ${position}: ${score} and ${attributed}`,
      );
    }
    assert.ok(completed.audit.passed && logitAttribution.audit.passed);
  });
});
