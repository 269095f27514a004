/** No row of a sweep is lost or asked twice: the server is killed in the midst of it, and started again on the same database. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TributaryClient } from '../../src/client/client.ts';
import {
  StartSweepDocument,
  SweepDocument,
  SweepProgressDocument,
  SweepRowsDocument,
  type SweepRowsQuery,
} from '../../src/client/generated/graphql.ts';
import { ServerProcess } from '../support/server-process.ts';
import { collect } from './harness.ts';

const count = 240;
const input = {
  experiment: 'numbers',
  models: ['sample'],
  rows: {
    template: {
      prompt: 'There were {tens}{ones} birds in the old tree by the {place}',
      slots: [
        { name: 'tens', values: [...'123456'] },
        { name: 'ones', values: [...'0123456789'] },
        { name: 'place', values: ['river', 'house', 'lake', 'road'] },
      ],
    },
  },
  operations: [{ logitAttribution: {} }],
};

describe('a sweep in a server that stops', () => {
  let server: ServerProcess;
  before(async () => {
    server = await ServerProcess.prepare();
  });
  after(() => server[Symbol.asyncDispose]());

  const client = async <Result>(work: (client: TributaryClient) => Promise<Result>): Promise<Result> => {
    const client = new TributaryClient(server.url, { retries: 0 });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  };
  /** Follows it until some rows are done. */
  const begun = (id: string, rows: number) =>
    client(async (client) => {
      for await (const { sweepProgress } of client.subscribe(SweepProgressDocument, { id }))
        if (sweepProgress.__typename === 'SweepProgress' && sweepProgress.sweep.done >= rows) break;
    });

  it('goes on by itself after SIGKILL and after SIGTERM, and every row is answered by one run', async () => {
    await server.start();
    const id = await client(async (client) => {
      const { startSweep } = await client.request(StartSweepDocument, { input });
      assert.ok(startSweep.__typename === 'SweepPayload', JSON.stringify(startSweep));
      assert.equal(startSweep.sweep.rowCount, count);
      return startSweep.sweep.id;
    });
    await begun(id, 1);
    await server.kill();
    await server.start();
    const [killed] = await client(async (client) => [(await client.request(SweepDocument, { id })).sweep]);
    assert.ok(killed && killed.done >= 1, 'what was told is stored');
    if (killed.status === 'RUNNING') await begun(id, Math.min(killed.done + 1, count));
    assert.equal(await server.stop(), 0);
    await server.start();
    await client(async (client) => {
      const last = (await collect(client.subscribe(SweepProgressDocument, { id }))).at(-1)?.sweepProgress;
      assert.ok(last?.__typename === 'SweepProgress');
      const { status, done, failed, found } = last.sweep;
      assert.deepEqual([status, done, failed, found], ['COMPLETED', count, 0, 0]);
      const runs = new Set<string>();
      for (let after: string | null = null; ; ) {
        const { sweep }: SweepRowsQuery = await client.request(SweepRowsDocument, { id, first: 100, after });
        for (const { node } of sweep?.rows?.edges ?? []) runs.add(node.run?.id ?? '');
        if (!sweep?.rows?.pageInfo.hasNextPage) break;
        after = sweep.rows.pageInfo.endCursor ?? null;
      }
      assert.equal(runs.size, count);
    });
    const { data } = await server.post('{ runAggregates { count byStatus { status count } } }');
    assert.deepEqual(data?.runAggregates, { count, byStatus: [{ status: 'COMPLETED', count }] });
    assert.equal(await server.stop(), 0);
    assert.deepEqual(server.faults, []);
  });
});
