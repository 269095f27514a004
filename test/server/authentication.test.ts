/** Whoever asks a server with AUTH=keys shows a key, whatever they ask over; and it is told to nobody. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { TributaryClient } from '../../src/client/client.ts';
import { isUnauthenticated, RequestError } from '../../src/client/errors.ts';
import { CirculationDocument, ModelChangesDocument, ModelsDocument } from '../../src/client/generated/graphql.ts';
import { logOptions } from '../../src/server/auth/secrets.ts';
import { addKey, revokeKey } from '../support/api-keys.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const models = '{ models(first: 1) { edges { node { name } } } }';
const computing = '{ logitAttribution(input: { model: "llama", prompt: { tokenIds: [5, 9] } }) { __typename } }';
const circulation = { model: 'llama', prompt: { tokenIds: [5, 9, 70] } };
const unknown = `trb_${'0'.repeat(12)}_${'A'.repeat(43)}`;
const following = 'subscription { modelChanges { __typename } }';

const lines: string[] = [];
/** All that was ever shown to the server, or nearly. */
const secrets: string[] = [];

describe('a server with AUTH=keys', () => {
  let server: TestServer;
  let url: string;
  let key: string;
  let reading: string;
  let managing: string;

  before(async () => {
    const log = pino({ level: 'trace', ...logOptions }, { write: (line: string) => void lines.push(line) });
    server = await startTestServer({ AUTH: 'keys', ALLOWED_ORIGINS: 'https://lab.example' }, log);
    url = server.url;
    const made = await Promise.all([
      add({}),
      add({ name: 'dashboard', scopes: ['READ'] }),
      add({ name: 'root', scopes: ['MANAGE'] }),
    ]);
    [key, reading, managing] = made.map(({ text }) => text) as [string, string, string];
  });
  after(() => server.close());

  const add = async (said: Parameters<typeof addKey>[1]) => {
    const made = await addKey(server.settings.databaseUrl, said);
    secrets.push(made.text.slice(-43));
    return made;
  };
  const by = (credential: string) => ({ authorization: `Bearer ${credential}` });
  const post = (query: string, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
  const codeOf = async (response: Response) => {
    const body = (await response.json()) as {
      errors?: { extensions: { code: string; scope?: string } }[];
      error?: { code: string };
    };
    return body.errors?.[0]?.extensions.code ?? body.error?.code;
  };

  it('answers who shows one, by POST and by GET', async () => {
    assert.equal((await post(models, by(key))).status, 200);
    assert.equal((await fetch(`${url}?query=${encodeURIComponent(models)}`, { headers: by(key) })).status, 200);
  });

  it('refuses who shows none, or another one, and says which scheme it takes', async () => {
    const wrong = [
      {},
      by(unknown),
      by(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`),
      by('x'),
      { authorization: key },
      { authorization: `Basic ${key}` },
    ];
    for (const headers of wrong) {
      const response = await post(models, headers);
      assert.equal(response.status, 401, JSON.stringify(Object.keys(headers)));
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
      assert.equal(await codeOf(response), 'UNAUTHENTICATED');
    }
  });

  it('refuses introspection and subscriptions as events without one', async () => {
    assert.equal((await post('{ __schema { types { name } } }')).status, 401);
    assert.equal((await post(following, { accept: 'text/event-stream' })).status, 401);
  });

  it('refuses files of runs and rows without one, also while they are being sent', async () => {
    const root = new URL('/', url).href;
    assert.equal(await codeOf(await fetch(`${root}runs.jsonl`)), 'UNAUTHENTICATED');
    assert.equal((await fetch(`${root}runs.csv`, { headers: by(key) })).status, 200);
    const body = Buffer.alloc(5_000_000, 'a\n');
    for (const path of ['rows?name=a.csv', 'runs.jsonl']) {
      const response = await fetch(root + path, { method: 'POST', headers: { 'content-type': 'text/csv' }, body });
      assert.deepEqual([response.status, await codeOf(response)], [401, 'UNAUTHENTICATED'], path);
    }
    const stored = await fetch(`${root}rows?name=a.csv`, {
      method: 'POST',
      headers: { ...by(key), 'content-type': 'text/csv' },
      body: 'a\n1\n',
    });
    assert.equal(stored.status, 201);
    const lacking = await fetch(`${root}rows`, { method: 'POST', headers: by(reading), body: 'a' });
    assert.deepEqual([lacking.status, await codeOf(lacking)], [403, 'FORBIDDEN']);
  });

  it('tells anybody how it is, shows GraphiQL, and lets browsers ask whether they may', async () => {
    const root = new URL('/', url).href;
    for (const path of ['health', 'ready']) assert.equal((await fetch(root + path)).status, 200, path);
    assert.equal((await fetch(url, { headers: { accept: 'text/html' } })).status, 200);
    const origin = 'https://lab.example';
    const asks = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    const allowed = await fetch(url, { method: 'OPTIONS', headers: asks });
    assert.equal(allowed.headers.get('access-control-allow-headers'), 'authorization');
    const refused = await post(models, { origin });
    assert.equal(refused.headers.get('access-control-allow-origin'), origin, 'the page reads why');
  });

  it('has a key that only reads compute and change nothing, over HTTP and over WebSocket, and names the scope', async () => {
    assert.equal((await post(models, by(reading))).status, 200);
    const asked = [
      computing,
      'mutation { cancelRun(id: "x") { __typename } }',
      `query A ${models} query B ${computing}`,
    ];
    for (const query of asked.slice(0, 2)) {
      const response = await post(query, by(reading));
      assert.equal(response.status, 403, query);
      const { errors } = (await response.json()) as {
        errors: { message: string; extensions: { requestId: string } }[];
      };
      const { requestId, ...told } = errors[0]?.extensions ?? {};
      assert.deepEqual(told, { code: 'FORBIDDEN', scope: 'RUN' });
      assert.equal(requestId, response.headers.get('x-request-id'));
      assert.match(errors[0]?.message ?? '', /needs the scope RUN/);
    }
    const client = new TributaryClient(url, { key: reading, retries: 0 });
    await assert.rejects(collect(client.subscribe(CirculationDocument, { input: circulation })), (error: unknown) => {
      assert.ok(error instanceof RequestError);
      return error.errors[0]?.extensions?.code === 'FORBIDDEN';
    });
    await client.close();
    const fragment = `query { ...Computes } fragment Computes on Query ${computing}`;
    assert.equal((await post(fragment, by(reading))).status, 403);
  });

  it('asks for the scope of the operation that is meant, not of those beside it', async () => {
    const query = `query A ${models} query B ${computing}`;
    const ask = (operationName: string) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...by(reading) },
        body: JSON.stringify({ query, operationName }),
      });
    assert.equal((await ask('A')).status, 200);
    assert.equal((await ask('B')).status, 403);
  });

  it('tells of the whole storage with the scope MANAGE alone', async () => {
    const storage = '{ storage { bytes } }';
    assert.equal((await post(storage, by(key))).status, 403);
    assert.equal((await post(storage, by(managing))).status, 200);
  });

  it('takes a key over WebSocket, in a header of the upgrade or in connection_init', async () => {
    for (const [headers, payload] of [
      [by(key), undefined],
      [{}, by(key)],
    ] as const) {
      const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers });
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init', payload }));
      const [message] = await once(socket, 'message');
      assert.deepEqual(JSON.parse(String(message)), { type: 'connection_ack' });
      socket.close();
    }
  });

  it('closes a WebSocket with 4401 where the key is missing or wrong', async () => {
    for (const payload of [undefined, {}, { authorization: 7 }, by(unknown), { authorization: key }]) {
      const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init', payload }));
      const [code, reason] = await once(socket, 'close');
      assert.equal(code, 4401);
      assert.match(String(reason), /^Unauthorized: /);
    }
  });

  it('follows a run by the typed client, with a key or a function that gives it', async () => {
    for (const given of [key, async () => key]) {
      const client = new TributaryClient(url, { key: given, retries: 0 });
      assert.ok((await client.request(ModelsDocument, { first: 1, after: null })).models);
      const events = await collect(client.subscribe(CirculationDocument, { input: circulation }));
      assert.equal(events.at(-1)?.circulation.__typename, 'CirculationCompleted');
      await client.close();
    }
  });

  it('tells the typed client why it is refused, the same over both', async () => {
    let told = 0;
    const client = new TributaryClient(url, { key: unknown, retries: 5, onUnauthenticated: () => void told++ });
    await assert.rejects(client.request(ModelsDocument, { first: 1, after: null }), isUnauthenticated);
    await assert.rejects(collect(client.subscribe(ModelChangesDocument, {})), isUnauthenticated);
    assert.equal(told, 2);
    await client.close();
  });

  it('ends what is open with a key that is revoked, and takes it no longer', async () => {
    const { text, record } = await add({ name: 'lost' });
    const client = new TributaryClient(url, { key: text, retries: 5 });
    const changes = client.subscribe(ModelChangesDocument, {});
    await changes.next();
    const events = await post(following, { ...by(text), accept: 'text/event-stream' });
    const ended = assert.rejects(events.text());
    const begun = performance.now();
    await revokeKey(server.settings.databaseUrl, record.id);
    await assert.rejects(async () => {
      while (!(await changes.next()).done);
    }, isUnauthenticated);
    await ended;
    const took = performance.now() - begun;
    assert.ok(took < 5000, `it took ${took} ms`);
    const response = await post(models, by(text));
    assert.equal(response.status, 401);
    assert.match(await response.text(), /was revoked/);
    await client.close();
  });

  it('ends what is open with a key that expires; a client that can have another one goes on', async () => {
    const short = await add({ name: 'short', expiresAt: new Date(Date.now() + 2000) });
    const given = [short.text, key];
    const asked: string[] = [];
    const { promise: back, resolve } = Promise.withResolvers<void>();
    let opened = 0;
    const client = new TributaryClient(url, {
      key: () => {
        asked.push(given[Math.min(asked.length, 1)] as string);
        return asked.at(-1);
      },
      longestWait: 0,
      onConnection: (is) => {
        if (is && ++opened === 2) resolve();
      },
    });
    const changes = client.subscribe(ModelChangesDocument, {});
    await changes.next();
    const more = changes.next();
    await back;
    assert.deepEqual(asked, given);
    assert.ok((await more).value?.modelChanges, 'it is followed anew');
    await client.close();
    assert.match(await (await post(models, by(short.text))).text(), /has expired on/);
  });

  it('writes no secret anywhere: log, answers, database', async () => {
    // Where it does not belong.
    const answers = [
      await post(`{ run(id: "x") { id } ${key} }`, by(key)),
      await post(models, { authorization: `Bearer ${key} ${key}` }),
      await fetch(`${url}?query={__typename}&key=${key}`),
    ];
    const texts = await Promise.all(answers.slice(1).map((answer) => answer.text()));
    const folder = dirname(server.settings.databaseUrl.replace('file:', ''));
    const names = (await readdir(folder)).filter((name) => name.startsWith('test.db'));
    const files = await Promise.all(names.map((name) => readFile(`${folder}/${name}`, 'latin1')));
    for (const secret of secrets) {
      assert.ok(!lines.join('').includes(secret), 'log');
      assert.ok(!texts.join('').includes(secret), 'answers');
      assert.ok(!files.join('').includes(secret), 'database');
    }
    assert.ok(names.length > 0 && secrets.length > 4);
  });
});
