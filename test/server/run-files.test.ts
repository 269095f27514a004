/** Runs are taken along as files over HTTP, and brought to another server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { parquetReadObjects } from 'hyparquet';
import { pino } from 'pino';
import { Catalogue } from '../../src/inference/catalogue.ts';
import { everybody } from '../../src/runs/access.ts';
import { serveRunFiles } from '../../src/server/run-files.ts';
import { readCsv } from '../support/csv.ts';
import { queryData } from '../support/post-query.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { onEachStore } from '../support/stores.ts';
import { circulated } from '../support/taken-runs.ts';
import type { TestServer } from './harness.ts';

const prompt = 'When Mary and John went to the store, John gave a drink to';

/** What is compared of a run: all that it tells and answers, and nothing of the database that it lies in. */
const whole = `query Whole($id: ID!) {
  node(id: $id) { ... on Run {
    id kind status contentHash createdAt finishedAt modelRevision note pinned
    experiments { name description tags }
    events(first: 100) { edges { node { __typename seq at ... on LayerCirculated { tracked { share heads { shape base64 } } } ... on TokenGenerated { logit text } } } }
    attribution { tokens { token { text } score } bias audit { logit sum } layers { heads { direct total } } }
    generation { text }
  } }
}`;

interface Started {
  readonly [field: string]: { readonly run: { readonly id: string } };
}

onEachStore('Files of runs', ({ startTestServer }) => {
  let server: TestServer;
  let ids: string[] = [];
  const address = (path: string) => new URL(path, server.url);
  before(async () => {
    server = await startTestServer();
    const asked = async (query: string) => Object.values(await queryData<Started>(server.url, query))[0]?.run.id ?? '';
    ids = [
      await asked(
        `{ logitAttribution(experiment: "names: é", input: { model: "sample", prompt: { text: "${prompt}" }, target: { token: { text: " Mary" }, against: { text: " John" } } }) { ... on LogitAttribution { run { id } layers { heads { direct } } } } }`,
      ),
      await asked(
        `mutation { startCirculation(input: { model: "llama", prompt: { text: "The river" }, track: [0, 1] }) { ... on RunPayload { run { id } } } }`,
      ),
      await asked(
        `mutation { startGeneration(experiment: "names: é", input: { model: "sample", prompt: { text: "=1+1" }, maxTokens: 3 }) { ... on RunPayload { run { id } } } }`,
      ),
    ];
    for (const id of ids.slice(1)) for await (const _ of server.client.followRun(id)) void _;
  });
  after(() => server.close());

  it('bring runs to another server, which replays them as they were', async () => {
    const other = await startTestServer();
    try {
      const file = await (await fetch(address('/runs.jsonl'))).bytes();
      const bring = async () => {
        const body = new Blob([file]).stream();
        const headers = { 'content-type': 'application/jsonl' };
        const init: RequestInit & { duplex: 'half' } = {
          method: 'POST',
          headers,
          body,
          duplex: 'half',
        };
        const response = await fetch(new URL('/runs.jsonl', other.url), init);
        return [response.status, await response.json()];
      };
      assert.deepEqual(await bring(), [200, { imported: 3, there: 0, refused: [], refusedCount: 0 }]);
      assert.deepEqual(await bring(), [200, { imported: 0, there: 3, refused: [], refusedCount: 0 }]);
      for (const id of ids) {
        const [here, there] = [await queryData(server.url, whole, { id }), await queryData(other.url, whole, { id })];
        assert.deepEqual(there, here);
      }
    } finally {
      await other.close();
    }
  });

  it('are tables with the same figures as the answers', async () => {
    const answer = await queryData<{
      node: { attribution: { tokens: { token: { text: string }; score: number }[] } };
    }>(server.url, whole, { id: ids[0] });
    const expected = answer.node.attribution.tokens.map(({ token, score }) => [token.text, score]);
    const filter = '?kind=LOGIT_ATTRIBUTION&method=frozen&method=GRADIENT&model=sample&prompt=mary';
    const csv = await fetch(address(`/runs.csv${filter}`));
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv; charset=utf-8/);
    const [names = [], ...rows] = readCsv(await csv.text());
    const [token, score] = [names.indexOf('token'), names.indexOf('score')];
    assert.deepEqual(
      rows.map((row) => [row[token], Number(row[score])]),
      expected,
    );
    const parquet = await fetch(address(`/runs.parquet${filter}`));
    const read = await parquetReadObjects({ file: await parquet.arrayBuffer() });
    assert.deepEqual(
      read.map((row) => [row.token, row.score]),
      expected,
    );
    assert.ok(read.every((row) => row.prompt === prompt && row.target === ' Mary' && row.against === ' John'));
  });

  it('have the name of the experiment that they are of', async () => {
    const response = await fetch(address(`/runs.csv?experiment=${encodeURIComponent('names: é')}`), { method: 'HEAD' });
    assert.deepEqual([response.status, await response.text()], [200, '']);
    assert.equal(
      response.headers.get('content-disposition'),
      'attachment; filename="tributary-names-_.csv"; filename*=UTF-8\'\'tributary-names-%C3%A9.csv',
    );
    const [, ...lines] = (await (await fetch(address('/runs.jsonl?experiment=names:%20%C3%A9'))).text())
      .trim()
      .split('\n');
    assert.equal(lines.length, 2);
    const all = await fetch(address('/runs.jsonl'), { method: 'HEAD' });
    assert.equal(all.headers.get('content-disposition'), 'attachment; filename="tributary-runs.jsonl"');
    assert.equal((await (await fetch(address('/runs.jsonl?experiment=none'))).text()).trim().split('\n').length, 1);
  });

  for (const [what, path, init, status, message] of [
    [
      'a filter that is none',
      '/runs.csv?colour=red',
      {},
      400,
      /"colour", but by experiment, kind, status, model, method/,
    ],
    [
      'a value that is none',
      '/runs.csv?kind=POEM',
      {},
      400,
      /`kind` is one of LOGIT_ATTRIBUTION, CIRCULATION, GENERATION, not "POEM"/,
    ],
    ['a time without a zone', '/runs.csv?createdAfter=2026-11-30T10:00', {}, 400, /`createdAfter` is a day or a time/],
    ['a value too many', '/runs.csv?model=a&model=b', {}, 400, /`model` is given more than once/],
    ['a method of HTTP', '/runs.csv', { method: 'POST', body: 'x' }, 405, /brought by POST to \/runs\.jsonl/],
    [
      'a form',
      '/runs.jsonl',
      { method: 'POST', body: new URLSearchParams('a=b') },
      415,
      /Content-Type: application\/jsonl/,
    ],
    [
      'another file',
      '/runs.jsonl',
      { method: 'POST', body: '{"a":1}\n', headers: { 'content-type': 'application/jsonl' } },
      400,
      /This is no file of runs/,
    ],
  ] as const)
    it(`are refused with what would be right: ${what}`, async () => {
      const response = await fetch(address(path), init as RequestInit);
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      assert.equal(response.status, status);
      assert.match(error.message, message);
      assert.ok(['INPUT', 'BAD_REQUEST'].includes(error.code));
    });

  it('are for no page of another site', async () => {
    const headers = { origin: 'https://evil.example', 'content-type': 'application/jsonl' };
    for (const init of [{}, { method: 'POST', body: 'x' }])
      assert.equal((await fetch(address('/runs.jsonl'), { ...init, headers })).status, 403);
  });

  it('tell the lines that they refuse, and take the others', async () => {
    const file = (await (await fetch(address('/runs.jsonl'))).text()).split('\n');
    const body = [file[0], 'nothing', ...file.slice(1)].join('\n');
    const headers = { 'content-type': 'application/x-ndjson' };
    const response = await fetch(address('/runs.jsonl'), { method: 'POST', headers, body });
    assert.deepEqual(await response.json(), {
      imported: 0,
      there: 3,
      refused: [{ line: 2, message: 'it is no JSON' }],
      refusedCount: 1,
    });
  });
});

onEachStore('A file of many runs', ({ temporaryRuns }) => {
  /** A server of files alone, of a store with runs of some 20 MB; and how many of them were read. */
  const started = async () => {
    const runs = await temporaryRuns();
    const [row] = await runs.store.transfer.read([await circulated(runs.store, 1)]);
    assert.ok(row);
    const arrays = new Uint8Array(100_000);
    const payload = JSON.stringify({ layer: 0, x: { $floats: [0, arrays.length / 4] } });
    const events = row.events.map((event, index) => (index === 1 ? { ...event, payload, arrays } : event));
    for (let count = 0; count < 4; count++)
      await runs.store.transfer.put(
        Array.from({ length: 50 }, () => ({ ...row, events, run: { ...row.run, id: runs.store.newId() } })),
      );
    const counter = { read: 0 };
    const read = runs.store.transfer.read.bind(runs.store.transfer);
    runs.store.transfer.read = async (ids, wanted) => {
      counter.read += ids.length;
      return read(ids, wanted);
    };
    const faults: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void faults.push(line) });
    const files = {
      store: runs.store,
      catalogue: new Catalogue('/none'),
      times: { time: 3_600_000, silence: 30_000 },
      admit: () => ({
        access: everybody,
        left: async () => Number.POSITIVE_INFINITY,
        refusal: async () => undefined,
      }),
    };
    const server = createServer(serveRunFiles(files, (_, response) => void response.writeHead(404).end(), log));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/runs.jsonl`,
      counter,
      faults,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
        await runs[Symbol.asyncDispose]();
      },
    };
  };
  /** As many turns of the event loop as would read all of it many times over. */
  const turns = async () => {
    for (let turn = 0; turn < 5000; turn++) await setImmediate();
  };

  it('is read no faster than it is taken, and no further once it is left', async () => {
    await using server = await started();
    const connection = await RawConnection.open(server.url);
    connection.socket.pause();
    connection.get({});
    await turns();
    const { read } = server.counter;
    assert.ok(read > 0 && read < 150, `${read} of 201 runs were read for who takes none`);
    connection.socket.destroy();
    await turns();
    assert.ok(server.counter.read <= read + 41, 'no more than what was under way');
    assert.deepEqual(server.faults, []);
    const whole = await (await fetch(server.url)).text();
    assert.equal(whole.trim().split('\n').length, 1 + 201);
  });
});
