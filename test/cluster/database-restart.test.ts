/** The database is started anew while runs are told: nothing is lost, no process ends, and who follows them need do nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestServer, type TestServer, untimed } from '../server/harness.ts';
import { noPostgres } from '../support/postgres/binaries.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { Following, longText, startText, storedEvents, storedRun } from './following.ts';
import { assertNear } from './near.ts';

/** Milliseconds without an event, at the most. */
const longestPause = 5000;

describe('a database that is started anew', { skip: noPostgres ?? false }, () => {
  let cluster: Cluster;
  let embedded: TestServer;
  before(async () => {
    [cluster, embedded] = await Promise.all([
      startCluster({ servers: 2, workers: 2, settings: { WEIGHTS: 'lean' }, postgres: { synchronous_commit: 'on' } }),
      startTestServer({ WEIGHTS: 'lean' }),
    ]);
  });
  after(() => Promise.all([cluster[Symbol.asyncDispose](), embedded.close()]));

  for (const how of ['fast', 'immediate'] as const)
    it(`loses nothing of runs that are being told, stopped ${how}`, (test) =>
      cluster.during(async () => {
        const inputs = ['Once upon a time', 'In the garden'].map((text) => longText(`${text}, ${how}`, 80));
        const runs = await Promise.all(inputs.map((input) => startText(cluster.server(0).client, input)));
        const all = runs.flatMap((runId) => cluster.servers.map(({ client }) => new Following(client, runId)));
        await Promise.all(all.map((one) => one.told(12)));
        const known = all.map(({ events }) => [...events]);
        const began = performance.now();
        await cluster.restartDatabase(how);
        test.diagnostic(`${how}: gone for ${(performance.now() - began).toFixed(0)} ms`);
        for (const [index, one] of all.entries()) {
          assert.equal((await one.end()).__typename, 'GenerationCompleted', JSON.stringify(one.events.at(-1)));
          const stored = await storedEvents(cluster.server(1), one.runId);
          assert.deepEqual(stored, one.events);
          const before = known[index] ?? [];
          assert.equal(JSON.stringify(stored.slice(0, before.length)), JSON.stringify(before), 'what was told stays');
          assert.equal((await storedRun(cluster, one.runId)).attempt, 1, 'nobody is taken for lost');
        }
        const pause = Math.max(...all.map((one) => one.longestPause));
        test.diagnostic(`${how}: without events for ${pause.toFixed(0)} ms`);
        assert.ok(pause < longestPause, `${pause} ms`);
        for (const process of [...cluster.workers, ...cluster.servers.map((server) => server.process)])
          assert.ok(process.alive, `the ${process.kind} has ended`);
        for (const [index, runId] of runs.entries()) {
          const alone = await storedEvents(embedded, await startText(embedded.client, inputs[index] as never));
          assertNear((await storedEvents(cluster.server(0), runId)).map(untimed), alone.map(untimed));
        }
      }));
});
