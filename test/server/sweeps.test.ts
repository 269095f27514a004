/** Sweeps over the API: one operation asked of many prompts, on the sample model. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { TributaryClient } from '../../src/client/client.ts';
import {
  CancelSweepDocument,
  DeleteExperimentDocument,
  EstimateSweepDocument,
  ExperimentSweepsDocument,
  LayerContributionsDocument,
  ResumeSweepDocument,
  StartSweepDocument,
  SweepDocument,
  type SweepInput,
  SweepProgressDocument,
  type SweepRowPartsFragment,
  SweepRowsDocument,
} from '../../src/client/generated/graphql.ts';
import { queryData } from '../support/post-query.ts';
import { onEachStore } from '../support/stores.ts';
import { collect, type TestServer } from './harness.ts';

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

/** Questions of the same prompts that are answered by other runs. */
const occlusions = [{ logitAttribution: { methods: ['OCCLUSION' as const] } }];
const gradients = [{ logitAttribution: { methods: ['GRADIENT' as const] } }];
const attentions = [{ logitAttribution: { methods: ['ATTENTION_ROLLOUT' as const] } }];
/** Some seconds of work. */
const slow = [{ logitAttribution: { methods: ['INTEGRATED_GRADIENTS' as const], options: { steps: 100 } } }];

/** Ids of the sweeps of an experiment. */
async function sweepsOf(client: TributaryClient, name: string): Promise<string[]> {
  const { experiment } = await client.request(ExperimentSweepsDocument, { name });
  return experiment?.sweeps?.edges.map(({ node }) => node.id) ?? [];
}

interface ToldRun {
  readonly input: { readonly prompt: { readonly tokens: readonly { readonly tokenId: number }[] } };
}

/** All that a run has told and answered, but what differs between two runs of the same. */
async function told({ url }: TestServer, id: string) {
  const { run } = await queryData<{ run: ToldRun }>(
    url,
    `query ($id: ID!) { run(id: $id) {
      kind status contentHash modelName modelRevision eventCount error { code }
      input { prompt { text tokens { tokenId } } ... on LogitAttributionRequest { method target { position token { tokenId } kind } } }
      events { edges { node {
        __typename seq
        ... on AttributionStarted { layerCount }
        ... on LayerPassed { layer }
        ... on AttributionCompleted { target { logit probability rank token { tokenId } } }
      } } }
      attribution {
        bias target { logit probability rank } tokens { score token { text } } audit { logit sum gap passed }
        layers { layer attention { direct total } mlp { direct total } heads { direct total } residual bias }
      }
    } }`,
    { id },
  );
  return run;
}

/** Numbers within 1e-5 of their size, everything else as it is. */
function assertSame(actual: unknown, expected: unknown, path = 'run'): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const tolerance = 1e-5 * Math.max(1, Math.abs(expected));
    assert.ok(Math.abs(actual - expected) <= tolerance, `${path} is ${actual} where ${expected} is expected`);
  } else if (typeof expected === 'object' && expected !== null && typeof actual === 'object' && actual !== null) {
    assert.deepEqual(Object.keys(actual), Object.keys(expected), path);
    for (const [key, value] of Object.entries(expected))
      assertSame((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
  } else assert.equal(actual, expected, path);
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

onEachStore('a sweep', ({ startTestServer }) => {
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

  it('answers each row as the same question is answered by itself, with the same events', async () => {
    const alone = await startTestServer();
    try {
      const rows = await rowsOf(server.client, (await sweepsOf(server.client, 'objects'))[0] ?? '');
      for (const row of [rows[0], rows[7], rows[59]]) {
        const ofSweep = await told(server, row?.run?.id ?? '');
        const { input } = ofSweep;
        const { logitAttribution } = await alone.client.request(LayerContributionsDocument, {
          input: { model: 'sample', prompt: { tokenIds: input.prompt.tokens.map(({ tokenId }) => tokenId) } },
        });
        assert.ok(logitAttribution.__typename === 'LogitAttribution');
        const { input: _, ...byItself } = await told(alone, logitAttribution.run.id);
        const { input: __, ...inBatch } = ofSweep;
        assertSame(inBatch, byItself);
      }
    } finally {
      await alone.close();
    }
  });

  it('is not computed a second time, whoever asks it', async () => {
    const { client, queue } = server;
    queue.watched = ['attributionBatch', 'attribution'];
    const before = queue.gates.length;
    const { id } = await started(client, indirectObjects('again'));
    const sweep = await ended(client, id);
    assert.deepEqual([sweep.done, sweep.found, sweep.failed], [60, 60, 0]);
    assert.equal(queue.gates.length, before);
    assert.deepEqual(
      (await rowsOf(client, id)).map(({ run }) => run?.id),
      (await rowsOf(client, (await sweepsOf(client, 'objects'))[0] ?? '')).map(({ run }) => run?.id),
    );
  });

  it('tells what is wrong with each row, and goes on with the others', async () => {
    const { client } = server;
    const prompts = [
      { prompt: { text: 'The keys to the cabinet' }, slots: [{ name: 'verb', value: ' are' }] },
      { prompt: { text: '' }, slots: [{ name: 'verb', value: ' is' }] },
      { prompt: { text: 'The key to the cabinets' }, slots: [{ name: 'verb', value: ' Constantinople' }] },
      { prompt: { tokenIds: [1, 2, 99_999_999] }, slots: [{ name: 'verb', value: ' is' }] },
    ];
    const operations = [{ logitAttribution: { targets: [{ token: '{verb}' }] } }];
    const { id } = await started(client, { experiment: 'faults', models: ['sample'], rows: { prompts }, operations });
    const sweep = await ended(client, id);
    assert.deepEqual([sweep.status, sweep.done, sweep.failed], ['COMPLETED', 1, 3]);
    const rows = await rowsOf(client, id);
    assert.deepEqual(
      rows.map(({ error }) => error?.code),
      [undefined, 'PROMPT', 'TARGET', 'PROMPT'],
    );
    assert.match(rows[2]?.error?.message ?? '', /" Constantinople" is \d+ tokens/);
    assert.deepEqual(rows[0]?.slots, [{ name: 'verb', value: ' are' }]);
    const failed = await client.request(SweepRowsDocument, { id, statuses: ['FAILED'], first: 2 });
    assert.deepEqual(
      failed.sweep?.rows?.edges.map(({ node }) => node.index),
      [1, 2],
    );
    assert.ok(failed.sweep?.rows?.pageInfo.hasNextPage);
  });

  it('is refused where no row of it can be asked, and leaves nothing', async () => {
    const { client } = server;
    const input = indirectObjects('nothing', {
      rows: { prompts: [{ prompt: { text: '' } }] },
    });
    for (const answer of [
      (await client.request(StartSweepDocument, { input })).startSweep,
      (await client.request(EstimateSweepDocument, { input })).estimateSweep,
    ])
      assert.ok(answer.__typename === 'PromptError' && /empty/.test(answer.message), JSON.stringify(answer));
    assert.equal((await client.request(ExperimentSweepsDocument, { name: 'nothing' })).experiment, null);
    const nobody = await client.request(StartSweepDocument, { input: { ...indirectObjects('x'), models: ['nobody'] } });
    assert.equal(nobody.startSweep.__typename, 'UnknownModelError');
  });

  it('says what it would take, before it is asked and after', async () => {
    const { client } = server;
    const input = indirectObjects('told', {
      rows: {
        prompts: [
          { prompt: { text: 'A boat lay by the' } },
          { prompt: { text: '' } },
          { prompt: { text: 'A boat lay by the' } },
        ],
      },
    });
    const estimate = async () => {
      const { estimateSweep } = await client.request(EstimateSweepDocument, { input });
      assert.ok(estimateSweep.__typename === 'SweepEstimate', JSON.stringify(estimateSweep));
      return estimateSweep;
    };
    const first = await estimate();
    assert.deepEqual([first.rows, first.distinct, first.stored, first.failing], [3, 2, 0, 1]);
    assert.ok(first.seconds > 0 && first.peakMemory > 0);
    assert.deepEqual(
      first.examples.map(({ prompt, tokens, error }) => [prompt, tokens, error?.code]),
      [
        ['A boat lay by the', 6, undefined],
        ['', null, 'PROMPT'],
        ['A boat lay by the', 6, undefined],
      ],
    );
    const { id } = await started(client, input);
    await ended(client, id);
    const [row] = await rowsOf(client, id);
    const { run } = await queryData<{ run: { storedBytes: number } }>(
      server.url,
      '{ run(id: $id) { storedBytes } }'.replace('$id', JSON.stringify(row?.run?.id)),
    );
    const ratio = first.storedBytes / run.storedBytes;
    assert.ok(ratio > 0.5 && ratio < 2, `${first.storedBytes} expected, ${run.storedBytes} stored`);
    const second = await estimate();
    assert.deepEqual([second.stored, second.seconds, second.storedBytes], [1, 0, 0]);
  });

  it('asks circulations and generations too', async () => {
    const { client } = server;
    const { id } = await started(client, {
      experiment: 'kinds',
      models: ['sample', 'llama'],
      rows: { prompts: [{ prompt: { tokenIds: [3, 4, 5] } }, { prompt: { tokenIds: [6, 7] } }] },
      operations: [{ circulation: { figures: [] } }, { generation: { maxTokens: 4, explained: false } }],
    });
    const sweep = await ended(client, id);
    assert.deepEqual([sweep.status, sweep.done, sweep.failed, sweep.found], ['COMPLETED', 8, 0, 0]);
    const { experiment } = await queryData<{
      experiment: { runs: { edges: { node: { kind: string; status: string } }[] } };
    }>(server.url, '{ experiment(name: "kinds") { runs { edges { node { kind status } } } } }');
    assert.deepEqual(
      Map.groupBy(experiment.runs.edges, ({ node }) => `${node.kind} ${node.status}`)
        .entries()
        .map(([kind, runs]) => [kind, runs.length])
        .toArray()
        .sort(),
      [
        ['CIRCULATION COMPLETED', 4],
        ['GENERATION COMPLETED', 4],
      ],
    );
    const again = await started(client, {
      experiment: 'kinds',
      models: ['llama'],
      rows: { prompts: [{ prompt: { tokenIds: [3, 4, 5] } }] },
      operations: [{ circulation: { figures: [] } }, { generation: { maxTokens: 4, explained: false } }],
    });
    assert.equal((await ended(client, again.id)).found, 2);
    const { estimateSweep } = await client.request(EstimateSweepDocument, {
      input: {
        experiment: 'kinds',
        models: ['sample'],
        rows: { prompts: [{ prompt: { tokenIds: [3, 4, 5] } }, { prompt: { tokenIds: [8, 9] } }] },
        operations: [{ circulation: { figures: [] } }, { generation: { maxTokens: 4, explained: false } }],
      },
    });
    assert.ok(estimateSweep.__typename === 'SweepEstimate');
    assert.deepEqual([estimateSweep.rows, estimateSweep.stored], [4, 2]);
  });

  it('shares its runs with another that asks the same at the same time', async () => {
    const { client } = server;
    const at = (experiment: string) =>
      indirectObjects(experiment, { operations: [{ logitAttribution: { targets: [{ token: ' {a}' }] } }] });
    const sweeps = await Promise.all(['one', 'two'].map((experiment) => started(client, at(experiment))));
    const states = await Promise.all(sweeps.map(({ id }) => ended(client, id)));
    assert.deepEqual(
      states.map(({ done, failed }) => [done, failed]),
      [
        [60, 0],
        [60, 0],
      ],
    );
    assert.equal(
      states.reduce((sum, { found }) => sum + found, 0),
      60,
    );
    const [one, two] = await Promise.all(sweeps.map(({ id }) => rowsOf(client, id)));
    assert.deepEqual(
      one?.map(({ run }) => run?.id),
      two?.map(({ run }) => run?.id),
    );
  });

  it('tells how it goes on, at once and then as rows end, to its end', async () => {
    const { client } = server;
    const { id } = await started(client, indirectObjects('progress', { operations: occlusions }));
    const events: { at: number; done: number; latest: readonly SweepRowPartsFragment[] }[] = [];
    for await (const { sweepProgress } of client.subscribe(SweepProgressDocument, { id })) {
      assert.ok(sweepProgress.__typename === 'SweepProgress');
      const { sweep, latest } = sweepProgress;
      assert.equal(sweep.done + sweep.failed + sweep.left, sweep.rowCount);
      events.push({ at: performance.now(), done: sweep.done, latest });
    }
    assert.ok(events.length >= 3, String(events.length));
    assert.deepEqual(events[0]?.latest, []);
    for (const [index, { done, latest }] of events.entries()) {
      assert.ok(index === 0 || done >= (events[index - 1]?.done ?? 0));
      assert.ok(latest.length <= 20 && latest.every(({ status, run }) => status === 'DONE' && run));
    }
    assert.equal(events.at(-1)?.done, 60);
    const [{ at: first = 0 } = {}, { at: last = 0 } = {}] = [events[0], events.at(-1)];
    assert.ok(events.length <= 2 + (last - first) / 240, `${events.length} events in ${last - first} ms`);
    const seen = new Set(events.flatMap(({ latest }) => latest.map(({ index }) => index)));
    assert.ok(seen.size >= 20);
    const over = await collect(client.subscribe(SweepProgressDocument, { id }));
    assert.equal(over.length, 1, 'of one that is over it tells that it is');
  });

  it('can be left by who follows it, and does not mind', async () => {
    const { client } = server;
    const { id } = await started(client, indirectObjects('left', { operations: gradients }));
    for await (const _ of client.subscribe(SweepProgressDocument, { id })) break;
    assert.equal((await ended(client, id)).done, 60);
    const [unknown] = await collect(client.subscribe(SweepProgressDocument, { id: 'nothing' }));
    assert.equal(unknown?.sweepProgress.__typename, 'UnknownSweepError');
    for (const answer of [
      (await client.request(CancelSweepDocument, { id: 'nothing' })).cancelSweep,
      (await client.request(ResumeSweepDocument, { id: 'nothing' })).resumeSweep,
    ])
      assert.equal(answer.__typename, 'UnknownSweepError');
    assert.equal((await client.request(SweepDocument, { id: 'nothing' })).sweep, null);
  });

  it('lets others have their turn between two of its batches', async () => {
    const { client, queue } = server;
    queue.watched = ['attributionBatch'];
    const { id } = await started(client, indirectObjects('fair', { operations: slow }));
    for await (const { sweepProgress } of client.subscribe(SweepProgressDocument, { id }))
      if (sweepProgress.__typename === 'SweepProgress' && sweepProgress.sweep.done > 0) break;
    const { logitAttribution } = await client.request(LayerContributionsDocument, {
      input: { model: 'sample', prompt: { text: 'Somebody else asks' } },
    });
    assert.equal(logitAttribution.__typename, 'LogitAttribution');
    const { sweep } = await client.request(SweepDocument, { id });
    assert.equal(sweep?.status, 'RUNNING', 'it is answered before the sweep is over');
    assert.ok(sweep.left > 0);
    await client.request(CancelSweepDocument, { id });
  });

  it('stops when it is cancelled, and goes on when it is resumed', async () => {
    const { client, queue } = server;
    queue.watched = ['attributionBatch'];
    queue.holdBefore = 1;
    const { id } = await started(client, indirectObjects('cancelled', { operations: attentions }));
    while (queue.lastGate?.state.cancelled !== false) await new Promise(setImmediate);
    const { cancelSweep } = await client.request(CancelSweepDocument, { id });
    queue.holdBefore = -1;
    assert.ok(cancelSweep.__typename === 'SweepPayload', JSON.stringify(cancelSweep));
    assert.deepEqual([cancelSweep.sweep.status, cancelSweep.sweep.left], ['CANCELLED', 60]);
    assert.ok(cancelSweep.sweep.finishedAt);
    const again = await client.request(CancelSweepDocument, { id });
    assert.equal(again.cancelSweep.__typename, 'RunStateError');
    const { resumeSweep } = await client.request(ResumeSweepDocument, { id });
    assert.ok(resumeSweep.__typename === 'SweepPayload');
    assert.deepEqual([resumeSweep.sweep.status, resumeSweep.sweep.finishedAt], ['RUNNING', null]);
    const sweep = await ended(client, id);
    assert.deepEqual([sweep.status, sweep.done, sweep.found], ['COMPLETED', 60, 0]);
    const over = await client.request(ResumeSweepDocument, { id, failed: true });
    assert.equal(over.resumeSweep.__typename, 'RunStateError');
  });

  it('ends its circulations when it is cancelled, and asks them anew when it is resumed', async () => {
    const { client, queue } = server;
    queue.watched = ['circulation'];
    queue.holdBefore = 1;
    const { id } = await started(client, {
      experiment: 'circulations',
      models: ['llama'],
      rows: { prompts: [{ prompt: { tokenIds: [11, 12, 13] } }] },
      operations: [{ circulation: {} }],
    });
    while (queue.gates.at(-1)?.state.cancelled !== false) await new Promise(setImmediate);
    await client.request(CancelSweepDocument, { id });
    queue.holdBefore = -1;
    const statuses = async () => {
      const answer = await queryData<{ runs: { edges: { node: { status: string } }[] } }>(
        server.url,
        '{ runs(filter: { kinds: [CIRCULATION], model: "llama" }, first: 1) { edges { node { status } } } }',
      );
      return answer.runs.edges.map(({ node }) => node.status);
    };
    assert.deepEqual(await statuses(), ['CANCELLED']);
    assert.deepEqual(
      (await rowsOf(client, id)).map(({ status }) => status),
      ['PENDING'],
    );
    await client.request(ResumeSweepDocument, { id });
    const sweep = await ended(client, id);
    assert.deepEqual([sweep.status, sweep.done, sweep.found], ['COMPLETED', 1, 0]);
    assert.deepEqual(await statuses(), ['COMPLETED']);
  });

  it('ends with its experiment, whose runs stay', async () => {
    const { client } = server;
    const { id } = await started(client, indirectObjects('deleted', { operations: slow }));
    const stream = client.subscribe(SweepProgressDocument, { id });
    await stream.next();
    const { sweep } = await client.request(SweepDocument, { id });
    const { deleteExperiment } = await client.request(DeleteExperimentDocument, { id: sweep?.experiment.id ?? '' });
    assert.equal(deleteExperiment.__typename, 'ExperimentPayload');
    assert.equal((await client.request(SweepDocument, { id })).sweep, null);
    assert.ok((await collect(stream)).length >= 0, 'who follows it is told that nothing follows');
  });
});
