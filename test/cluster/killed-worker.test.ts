/** A worker that is killed, or asked to end, in the midst of what it computes: another one goes on with it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { LensDocument } from '../../src/client/generated/graphql.ts';
import { startTestServer, type TestServer, untimed } from '../server/harness.ts';
import { eventually } from '../support/eventually.ts';
import { noPostgres } from '../support/postgres/binaries.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { Following, longText, startTargets, startText, storedEvents, storedRun, workerOf } from './following.ts';
import { assertNear } from './near.ts';
import type { ClusterProcess } from './process.ts';

/** Milliseconds in which the others notice that a process was killed. */
const notice = 1000;

describe('a worker that is gone', { skip: noPostgres ?? false }, () => {
  let cluster: Cluster;
  /** One that computes by itself, undisturbed. */
  let embedded: TestServer;
  before(async () => {
    [cluster, embedded] = await Promise.all([
      startCluster({ servers: 2, workers: 2, settings: { WORKERS: '1', WEIGHTS: 'lean' } }),
      startTestServer({ WEIGHTS: 'lean' }),
    ]);
  });
  beforeEach(async () => {
    while (cluster.workers.filter(({ alive }) => alive).length < 2) await cluster.startWorker();
  });
  after(() => Promise.all([cluster[Symbol.asyncDispose](), embedded.close()]));

  const followed = (runId: string) => cluster.servers.map(({ client }) => new Following(client, runId));

  /** @returns milliseconds until the others have noticed */
  const kill = async (worker: ClusterProcess) => {
    await cluster.kill(worker);
    return eventually(async () => {
      const rows = await cluster.query(`SELECT FROM "Member" WHERE "id" = $1 AND "seenAt" > 'epoch'`, [worker.sign]);
      return rows.length === 0;
    });
  };

  it('is noticed within a second, and its run goes on elsewhere: who follows it sees each event once', (test) =>
    cluster.during(async () => {
      const input = longText('Once upon a time');
      const runId = await startText(cluster.server(0).client, input);
      const both = followed(runId);
      await Promise.all(both.map((one) => one.told(12)));
      const worker = await workerOf(cluster, runId);
      const began = performance.now();
      const noticed = await kill(worker);
      const known = both.map(({ events }) => [...events]);
      const again = await eventually(async () => (await storedRun(cluster, runId)).attempt === 2);
      test.diagnostic(`noticed after ${noticed.toFixed(0)} ms, taken after ${(noticed + again).toFixed(0)} ms`);
      const [one, other] = both as [Following, Following];
      assert.equal((await one.end()).__typename, 'GenerationCompleted', JSON.stringify(one.events.at(-1)));
      test.diagnostic(
        `without events for ${one.longestPause.toFixed(0)} ms, over ${(performance.now() - began).toFixed(0)} ms later`,
      );
      await other.end();
      assert.ok(noticed < notice, `${noticed} ms`);
      assert.deepEqual(other.events, one.events);
      const stored = await storedEvents(cluster.server(1), runId);
      assert.deepEqual(stored, one.events);
      for (const events of known)
        assert.equal(JSON.stringify(stored.slice(0, events.length)), JSON.stringify(events), 'what was told stays');
      assert.equal((await storedRun(cluster, runId)).attempt, 2);
      const alone = await storedEvents(embedded, await startText(embedded.client, input));
      assertNear(stored.map(untimed), alone.map(untimed));
    }));

  it('leaves targets that are explained together to another one, each to its end', () =>
    cluster.during(async () => {
      const [one, other] = [cluster.server(0), cluster.server(1)];
      const text = Array.from({ length: 50 }, (_, index) => `word ${index}`).join(' ');
      const targets = [1, 2, 3].map((back) => ({ position: -back }));
      const input = { model: 'sample', prompt: { text }, method: 'OCCLUSION', targets } as const;
      const runIds = await startTargets(one.client, input);
      const all = runIds.map((runId) => new Following(other.client, runId));
      await Promise.all(all.map((following) => following.told(3)));
      await kill(await workerOf(cluster, runIds[0] as string));
      const known = all.map(({ events }) => [...events]);
      const alone = await startTargets(embedded.client, input);
      for (const [index, following] of all.entries()) {
        assert.equal((await following.end()).__typename, 'AttributionCompleted');
        const stored = await storedEvents(one, following.runId);
        assert.deepEqual(stored, following.events);
        assert.deepEqual(stored.slice(0, known[index]?.length), known[index]);
        assert.equal((await storedRun(cluster, following.runId)).attempt, 2);
        const undisturbed = await storedEvents(embedded, alone[index] as string);
        // Scores are differences of logits, which are sums of another order where other prompts go together.
        assertNear(untimed(stored.at(-1) as never), untimed(undisturbed.at(-1) as never), 1e-5);
      }
    }));

  it('leaves a question whose answer is not stored to another one', () =>
    cluster.during(async () => {
      const input = { model: 'sample', prompt: { text: 'The sky over the old town is' } };
      await cluster.query('BEGIN');
      // Its worker has it, and cannot tell that it has begun.
      await cluster.query('LOCK TABLE "TaskStep" IN EXCLUSIVE MODE');
      const answer = cluster.server(0).client.request(LensDocument, { input });
      let worker: ClusterProcess | undefined;
      await eventually(async () => {
        const [task] = await cluster.query<{ worker: string }>(
          'SELECT "worker" FROM "Task" WHERE "worker" IS NOT NULL',
        );
        worker = cluster.workers.find(({ sign }) => sign === task?.worker);
        return worker !== undefined;
      });
      await cluster.kill(worker as ClusterProcess);
      await cluster.query('COMMIT');
      const { lens } = await answer;
      assert.equal(lens.__typename, 'Lens', JSON.stringify(lens));
      assertNear(lens, (await embedded.client.request(LensDocument, { input })).lens);
      await eventually(async () => (await cluster.query('SELECT FROM "Task"')).length === 0);
    }));

  it('ends a run that has taken three of them along, and says so', () =>
    cluster.during(async () => {
      const [one, other] = [cluster.server(0), cluster.server(1)];
      await Promise.all([cluster.startWorker(), cluster.startWorker()]);
      const runId = await startText(one.client, longText('It was a dark night', 100));
      const following = new Following(other.client, runId);
      await following.told(6);
      for (const attempt of [1, 2, 3]) {
        await eventually(async () => {
          const run = await storedRun(cluster, runId);
          return run.attempt === attempt && run.status === 'RUNNING';
        });
        await kill(await workerOf(cluster, runId));
      }
      await eventually(async () => (await storedRun(cluster, runId)).status === 'FAILED');
      const end = await following.end();
      assert.ok(end.__typename === 'RunFailed', JSON.stringify(end));
      assert.match(JSON.stringify(end), /worker was lost 3 times/);
      assert.deepEqual(await storedEvents(one, runId), following.events);
      assert.equal((await cluster.query('SELECT FROM "Task"')).length, 0);
      // The others compute on.
      const next = await storedEvents(one, await startText(other.client, longText('And then', 3)));
      assert.equal(next.at(-1)?.__typename, 'GenerationCompleted');
    }));

  it('gives back what it has when it is asked to end, which does not count as an attempt', (test) =>
    cluster.during(async () => {
      const input = longText('By the sea there was a house');
      const runId = await startText(cluster.server(0).client, input);
      const both = followed(runId);
      await Promise.all(both.map((one) => one.told(12)));
      const worker = await workerOf(cluster, runId);
      const began = performance.now();
      const code = worker.end('SIGTERM');
      await eventually(async () => (await storedRun(cluster, runId)).worker !== worker.sign);
      test.diagnostic(`taken by another one after ${(performance.now() - began).toFixed(0)} ms`);
      assert.equal(await code, 0);
      for (const one of both) assert.equal((await one.end()).__typename, 'GenerationCompleted');
      assert.deepEqual(both[0]?.events, both[1]?.events);
      const { attempt, status } = await storedRun(cluster, runId);
      assert.deepEqual([status, attempt], ['COMPLETED', 1]);
      const alone = await storedEvents(embedded, await startText(embedded.client, input));
      assertNear(both[0]?.events.map(untimed), alone.map(untimed));
    }));
});
