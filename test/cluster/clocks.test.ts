/** Machines whose clocks are hours off: nobody is judged by them, and no run is lost. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkersDocument } from '../../src/client/generated/graphql.ts';
import { eventually } from '../support/eventually.ts';
import { noPostgres } from '../support/postgres/binaries.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { Following, longText, startText, storedEvents, storedRun, workerOf } from './following.ts';

const hour = 3_600_000;
const shifted = (hours: number) => ({
  NODE_OPTIONS: `--import=${new URL('./shifted-clock.ts', import.meta.url).href}`,
  CLOCK_SHIFT: String(hours * hour),
});

describe('a server and a worker whose clocks are hours off', { skip: noPostgres ?? false }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ servers: 1, workers: 0 });
    await cluster.startServer(shifted(5));
    await cluster.startWorker(shifted(-7));
  });
  after(() => cluster[Symbol.asyncDispose]());

  it('compute for the others, and are lost when they are killed, not before', () =>
    cluster.during(async () => {
      const [right, ahead] = [cluster.server(0), cluster.server(1)];
      const runs = [
        await startText(right.client, longText('Once', 4)),
        await startText(ahead.client, longText('Then', 4)),
      ];
      for (const runId of runs) {
        const events = await storedEvents(right, runId);
        assert.equal(events.at(-1)?.__typename, 'GenerationCompleted');
        assert.deepEqual(await storedEvents(ahead, runId), events);
        assert.equal((await storedRun(cluster, runId)).attempt, 1);
      }
      assert.equal(new Set(runs).size, 2);
      const { workers } = await right.client.request(WorkersDocument, {});
      assert.equal(workers?.length, 1);
      const runId = await startText(ahead.client, longText('Once upon a time'));
      const following = new Following(right.client, runId);
      await following.told(12);
      await cluster.startWorker();
      await cluster.kill(await workerOf(cluster, runId));
      assert.equal((await following.end()).__typename, 'GenerationCompleted');
      assert.ok((await storedRun(cluster, runId)).attempt <= 2);
      await eventually(async () => (await cluster.query('SELECT FROM "Task"')).length === 0);
      for (const { alive } of cluster.servers.map((server) => server.process)) assert.ok(alive);
    }));
});
