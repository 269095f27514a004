/** A network that is cut between a process and the database, whether or not anybody is told: what the process had is others'. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { TributaryClient } from '../../src/client/client.ts';
import { TargetCandidatesDocument } from '../../src/client/generated/graphql.ts';
import { eventually } from '../support/eventually.ts';
import { Network } from '../support/network.ts';
import { noPostgres } from '../support/postgres/binaries.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { Following, longText, startText, storedEvents, storedRun } from './following.ts';

/** Milliseconds until a process is judged, and has joined again, on a machine that has other things to do. */
const patience = 30_000;

const cuts = {
  silent: (network: Network) => network.silence(),
  reset: (network: Network) => {
    network.isDown = true;
    network.cut();
  },
};

describe('a process that is cut off from the database', { skip: noPostgres ?? false }, () => {
  let cluster: Cluster;
  let network: Network;
  /** Of processes that reach the database through the network. */
  let through: Readonly<Record<string, string>>;
  before(async () => {
    cluster = await startCluster({ servers: 1, workers: 0, settings: { WORKERS: '1', WEIGHTS: 'lean' } });
    network = await Network.before(cluster.databaseUrl);
    const url = new URL(cluster.databaseUrl);
    url.port = String(network.port);
    through = { DATABASE_URL: url.href };
  });
  after(async () => {
    network.close();
    await cluster[Symbol.asyncDispose]();
  });

  afterEach(() => restore());

  const members = async (kind: 'SERVER' | 'WORKER') =>
    (
      await cluster.query<{ id: string }>(`SELECT "id" FROM "Member" WHERE "kind" = $1 AND "seenAt" > 'epoch'`, [kind])
    ).map(({ id }) => id);

  const restore = () => {
    network.isDown = false;
    network.restore();
  };

  const candidates = async (client: TributaryClient, text: string) => {
    const input = { model: 'sample', prompt: { text }, text: ' and' };
    return (await client.request(TargetCandidatesDocument, { input })).targetCandidates;
  };

  for (const [how, cut] of Object.entries(cuts))
    it(`is a worker whose run goes on elsewhere, and that joins anew (${how})`, (test) =>
      cluster.during(async () => {
        const { client } = cluster.server(0);
        const worker = await cluster.startWorker(through);
        const runId = await startText(client, longText(`Once upon a time, ${how}`, 200));
        const following = new Following(client, runId);
        await following.told(2);
        const [before] = await members('WORKER');
        const other = await cluster.startWorker();
        cut(network);
        const known = [...following.events];
        const began = performance.now();
        const since = () => (performance.now() - began).toFixed(0);
        await eventually(async () => (await storedRun(cluster, runId)).worker === other.sign, patience);
        test.diagnostic(`${how}: taken by another one after ${since()} ms`);
        assert.equal((await following.end()).__typename, 'GenerationCompleted');
        assert.equal((await storedRun(cluster, runId)).attempt, 2);
        const stored = await storedEvents(cluster.server(0), runId);
        assert.deepEqual(stored, following.events);
        assert.deepEqual(stored.slice(0, known.length), known);
        restore();
        const back = performance.now();
        await eventually(async () => (await members('WORKER')).length === 2, patience);
        test.diagnostic(`${how}: a member again ${(performance.now() - back).toFixed(0)} ms after the network is back`);
        assert.ok(!(await members('WORKER')).includes(before as string), 'it has another id');
        assert.deepEqual(await storedEvents(cluster.server(0), runId), stored, 'it has written nothing more');
        await other.end('SIGTERM');
        const answer = await candidates(client, `Again, ${how}`);
        assert.equal(answer.__typename, 'TargetCandidates', JSON.stringify(answer));
        assert.equal(await worker.end('SIGTERM'), 0);
      }));

  for (const [how, cut] of Object.entries(cuts))
    it(`is a server that says so, and joins anew (${how})`, (test) =>
      cluster.during(async () => {
        const one = cluster.server(0);
        const other = await cluster.startServer(through);
        const worker = await cluster.startWorker();
        const runId = await startText(other.client, longText(`In the garden, ${how}`));
        const all = [new Following(one.client, runId), new Following(other.client, runId)] as const;
        await Promise.all(all.map((following) => following.told(12)));
        cut(network);
        assert.equal((await all[0].end()).__typename, 'GenerationCompleted');
        await eventually(async () => (await members('SERVER')).length === 1, patience);
        restore();
        const back = performance.now();
        await eventually(async () => (await members('SERVER')).length === 2, patience);
        test.diagnostic(`${how}: a member again ${(performance.now() - back).toFixed(0)} ms after the network is back`);
        // Whom it has told that it reaches no database resumes.
        await all[1].over.catch(() => undefined);
        const resumed = all[1].resumedAt(other.client);
        await resumed.over;
        assert.deepEqual(resumed.events, all[0].events);
        const answer = await candidates(other.client, `Again, ${how}`);
        assert.equal(answer.__typename, 'TargetCandidates', JSON.stringify(answer));
        assert.equal(await worker.end('SIGTERM'), 0);
        assert.equal(await other.process.end('SIGTERM'), 0);
      }));
});
