/** A server that is killed: what was asked of it goes on, and who followed it there goes on at another one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  LensDocument,
  RunAggregatesDocument,
  StartSweepDocument,
  SweepProgressDocument,
  SweepRowsDocument,
  type SweepRowsQuery,
} from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import { eventually } from '../support/eventually.ts';
import { noPostgres } from '../support/postgres/binaries.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { Following, longText, startText, storedEvents, storedRun } from './following.ts';

/** Rows of the sweep. */
const count = 96;
const rows = {
  template: {
    prompt: 'There were {tens}{ones} birds in the old tree by the {place}',
    slots: [
      { name: 'tens', values: [...'123456'] },
      { name: 'ones', values: [...'01234567'] },
      { name: 'place', values: ['river', 'house'] },
    ],
  },
};

describe('a server that is killed', { skip: noPostgres ?? false }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ servers: 3, workers: 1 });
  });
  after(() => cluster[Symbol.asyncDispose]());

  it('leaves its runs to their worker, and who followed them resumes at another server', (test) =>
    cluster.during(async () => {
      const [killed, other] = [cluster.server(0), cluster.server(1)];
      const runId = await startText(killed.client, longText('Once upon a time'));
      const [here, there] = [new Following(killed.client, runId), new Following(other.client, runId)];
      await here.told(12);
      // Nobody waits for its answer any more: it must not stay behind.
      const lens = { model: 'sample', prompt: { text: 'The sky is' } };
      const asked = killed.client.request(LensDocument, { input: lens }).catch(() => undefined);
      await cluster.kill(killed.process);
      await assert.rejects(here.over, 'the connection is lost');
      await asked;
      const resumed = here.resumedAt(other.client);
      assert.equal((await resumed.end()).__typename, 'GenerationCompleted');
      await there.over;
      assert.deepEqual(resumed.events, there.events);
      assert.deepEqual(await storedEvents(cluster.server(2), runId), there.events);
      assert.equal((await storedRun(cluster, runId)).attempt, 1);
      test.diagnostic(`without events for ${there.longestPause.toFixed(0)} ms`);
      await eventually(async () => (await cluster.query('SELECT FROM "Task"')).length === 0);
      await eventually(async () => (await cluster.query('SELECT FROM "Member"')).length === 3);
    }));

  it('leaves its sweep to another server, and each row is answered once', () =>
    cluster.during(async () => {
      const [killed, other] = [cluster.server(1), cluster.server(2)];
      const before = (await other.client.request(RunAggregatesDocument, {})).runAggregates?.count ?? 0;
      const input = { experiment: 'numbers', models: ['sample'], rows, operations: [{ logitAttribution: {} }] };
      const { startSweep } = await killed.client.request(StartSweepDocument, { input });
      assert.ok(startSweep.__typename === 'SweepPayload', JSON.stringify(startSweep));
      const { id, rowCount } = startSweep.sweep;
      assert.equal(rowCount, count);
      const told = collect(other.client.subscribe(SweepProgressDocument, { id }));
      for await (const { sweepProgress } of other.client.subscribe(SweepProgressDocument, { id }))
        if (sweepProgress.__typename === 'SweepProgress' && sweepProgress.sweep.done > 0) break;
      await cluster.kill(killed.process);
      const last = (await told).at(-1)?.sweepProgress;
      assert.ok(last?.__typename === 'SweepProgress', JSON.stringify(last));
      assert.deepEqual([last.sweep.status, last.sweep.done, last.sweep.failed], ['COMPLETED', count, 0]);
      const runs = new Set<string>();
      for (let after: string | null = null; ; ) {
        const { sweep }: SweepRowsQuery = await other.client.request(SweepRowsDocument, { id, first: 100, after });
        for (const { node } of sweep?.rows?.edges ?? []) runs.add(node.run?.id ?? '');
        if (!sweep?.rows?.pageInfo.hasNextPage) break;
        after = sweep.rows.pageInfo.endCursor ?? null;
      }
      assert.equal(runs.size, count);
      const { runAggregates } = await other.client.request(RunAggregatesDocument, {});
      assert.equal(runAggregates?.count, before + count);
    }));
});
