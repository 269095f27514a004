/** What a table of runs tells of each, against what the run itself has to say. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CirculationDocument,
  ExperimentRunTableDocument,
  GenerationDocument,
  LogitAttributionDocument,
  StartSweepDocument,
  SweepProgressDocument,
  SweepRowsDocument,
} from '../../src/client/generated/graphql.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const experiment = 'outcomes';

describe('What a run came to', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const table = async () => {
    const asked = { first: 100, filter: { experiment } };
    const { runs } = await server.client.request(ExperimentRunTableDocument, asked);
    return runs?.edges.map(({ node }) => node) ?? [];
  };

  it('is the value, the audit, the rank and the probability of its attribution', async () => {
    for (const method of ['FROZEN', 'OCCLUSION'] as const) {
      const input = { model: 'llama', prompt: { tokenIds: [5, 6, 7] }, method };
      const { logitAttribution: told } = await server.client.request(LogitAttributionDocument, { input, experiment });
      assert.ok('tokens' in told, JSON.stringify(told));
      const row = (await table()).find(({ id }) => id === told.run.id);
      const { logit, rank, probability } = told.target;
      assert.ok(
        Math.abs((row?.score ?? Number.NaN) - logit) <= 1e-4 * Math.max(1, Math.abs(logit)),
        `${row?.score} ${logit}`,
      );
      assert.deepEqual(
        [row?.auditPassed, row?.targetRank, row?.targetProbability],
        [told.audit.passed, rank, probability],
      );
    }
  });

  it('is that of the target of a circulation; of an answer there is none', async () => {
    const input = { model: 'llama', prompt: { tokenIds: [5, 6, 8] } };
    const circulated = await collect(
      server.client.subscribe(CirculationDocument, { input: { ...input, track: [0] }, experiment }),
    );
    const last = circulated.at(-1)?.circulation;
    assert.ok(last?.__typename === 'CirculationCompleted', JSON.stringify(last));
    await collect(server.client.subscribe(GenerationDocument, { input: { ...input, maxTokens: 2 }, experiment }));
    const rows = await table();
    const circulation = rows.find(({ kind }) => kind === 'CIRCULATION');
    assert.deepEqual(
      [circulation?.targetRank, circulation?.targetProbability],
      [last.target.rank, last.target.probability],
    );
    const answer = rows.find(({ kind }) => kind === 'GENERATION');
    assert.deepEqual([answer?.targetRank, answer?.targetProbability, answer?.slots], [null, null, []]);
  });

  it('has what stood in the slots of the sweep that asked it, and nothing where none did', async () => {
    assert.ok((await table()).every(({ slots }) => slots.length === 0));
    const { startSweep: started } = await server.client.request(StartSweepDocument, {
      input: {
        experiment,
        models: ['sample'],
        rows: {
          template: {
            prompt: 'The {what} of {where} is',
            slots: [
              { name: 'what', values: ['capital', 'king'] },
              { name: 'where', values: ['France', 'Spain'] },
            ],
          },
        },
        operations: [{ logitAttribution: {} }],
      },
    });
    assert.ok('sweep' in started, JSON.stringify(started));
    const { id } = started.sweep;
    await collect(server.client.subscribe(SweepProgressDocument, { id }));
    const { sweep } = await server.client.request(SweepRowsDocument, { id, first: 100 });
    const rows = sweep?.rows?.edges.map(({ node }) => node) ?? [];
    assert.equal(rows.length, 4);
    const runs = new Map((await table()).map((run) => [run.id, run]));
    for (const { run, slots } of rows) assert.deepEqual(runs.get(run?.id ?? '')?.slots, slots);
    assert.equal(new Set(rows.map(({ slots }) => JSON.stringify(slots))).size, 4);
  });
});
