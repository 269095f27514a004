/** Sweeps over the API: one operation asked of many prompts, on the sample model. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TributaryClient } from '../../src/client/client.ts';
import {
  CancelSweepDocument,
  EstimateSweepDocument,
  ResumeSweepDocument,
  StartSweepDocument,
  SweepDocument,
  type SweepInput,
  SweepProgressDocument,
  type SweepRowPartsFragment,
  SweepRowsDocument,
} from '../../src/client/generated/graphql.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const people = ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Frank'];

/** Prompts of two lengths at least, one for each pair of people. */
function indirectObjects(experiment: string, change: Partial<SweepInput> = {}): SweepInput {
  return {
    experiment,
    models: ['sample'],
    rows: {
      template: {
        prompt: 'When {a} and {b} went to the {place}, {b} gave a book to',
        slots: [
          { name: 'a', values: people },
          { name: 'b', values: people },
          { name: 'place', values: ['store', 'old garden'] },
        ],
        different: [['a', 'b']],
      },
    },
    operations: [{ logitAttribution: { selection: { layers: true } } }],
    ...change,
  };
}

async function started(client: TributaryClient, input: SweepInput) {
  const { startSweep } = await client.request(StartSweepDocument, { input });
  assert.ok(startSweep.__typename === 'SweepPayload', JSON.stringify(startSweep));
  return startSweep.sweep;
}

/** The last state of a sweep. */
async function ended(client: TributaryClient, id: string) {
  const events = await collect(client.subscribe(SweepProgressDocument, { id }));
  const last = events.at(-1)?.sweepProgress;
  assert.ok(last?.__typename === 'SweepProgress', JSON.stringify(last));
  return last.sweep;
}

async function rowsOf(client: TributaryClient, id: string) {
  const rows: SweepRowPartsFragment[] = [];
  for (let after: string | null | undefined; ; ) {
    const { sweep } = await client.request(SweepRowsDocument, { id, first: 100, after: after ?? null });
    assert.ok(sweep?.rows);
    rows.push(...sweep.rows.edges.map(({ node }) => node));
    if (!sweep.rows.pageInfo.hasNextPage) return rows;
    after = sweep.rows.pageInfo.endCursor;
  }
}

describe('a sweep', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  it('asks a template of every combination, and has the runs join the experiment', async () => {
    const { client } = server;
    const { id, rowCount } = await started(client, indirectObjects('objects'));
    assert.equal(rowCount, 60);
    const sweep = await ended(client, id);
    assert.deepEqual(
      [sweep.status, sweep.done, sweep.failed, sweep.left],
      ['COMPLETED', 60, 0, 0],
      JSON.stringify((await rowsOf(client, id))[0]),
    );
    const rows = await rowsOf(client, id);
    assert.deepEqual(
      rows.map(({ index }) => index),
      Array.from({ length: 60 }, (_, index) => index),
    );
    assert.ok(rows.every(({ run, status, found }) => run && status === 'DONE' && !found));
    assert.equal(new Set(rows.map(({ run }) => run?.id)).size, 60);
  });
});
void [CancelSweepDocument, EstimateSweepDocument, ResumeSweepDocument, SweepDocument];
