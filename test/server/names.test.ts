/** Whom the server takes for a visitor of its own: by the name it is called by, and by the page that asks. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rawRequest } from '../support/raw-connection.ts';
import { rawUpgrade } from '../support/raw-websocket.ts';
import { startTestServer, type TestServer } from './harness.ts';

const question = JSON.stringify({ query: '{ __typename }' });
const json = { 'content-type': 'application/json', accept: 'application/json' };
const lab = 'https://lab.example';

describe('the name that a request calls the server by', () => {
  let server: TestServer;
  let port: string;
  before(async () => {
    server = await startTestServer({ ALLOWED_HOSTS: 'tributary.example, gateway', ALLOWED_ORIGINS: lab });
    ({ port } = new URL(server.url));
  });
  after(() => server.close());

  const post = (host: string, headers = {}) =>
    rawRequest(server.url, 'POST /graphql', { host, ...json, ...headers }, question);
  const everyWay = (host: string) => [
    post(host),
    rawRequest(server.url, 'GET /graphql?query={__typename}', { host, accept: 'application/json' }),
    rawRequest(server.url, 'GET /graphql', { host, accept: 'text/html', 'accept-encoding': 'br' }),
    rawRequest(server.url, 'GET /health', { host }),
    rawRequest(server.url, 'GET /ready', { host }),
    rawUpgrade(server.url, { host }),
  ];

  it('is one that only its own machine can have, or one of its settings', async () => {
    const own = ['localhost', 'lab.localhost', '127.0.0.1', '[::1]', '192.168.1.7', 'LOCALHOST'];
    for (const host of [...own, 'tributary.example', 'Tributary.Example', 'gateway', 'lab.example'])
      for (const named of [host, `${host}:${port}`]) {
        const answers = await Promise.all(everyWay(named));
        assert.deepEqual(
          answers.map(({ status }) => status),
          [200, 200, 200, 200, 200, 101],
          named,
        );
      }
  });

  it('is no other: a page whose own name was pointed here after it was loaded gets nothing, by any way', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', 'tributary.example.evil.example', '127.0.0.1.nip.io'])
      for (const answer of await Promise.all(everyWay(`${host}:${port}`))) {
        assert.equal(answer.status, 421, host);
        assert.match(answer.body, /ALLOWED_HOSTS/);
        assert.doesNotMatch(answer.body, /__typename|Tributary/);
      }
  });

  it('makes the origin of its own page its own too, where it is one of its settings', async () => {
    const origin = 'http://tributary.example:8080';
    const answer = await post('tributary.example:8080', { origin });
    assert.equal(answer.headers['access-control-allow-origin'], origin);
    assert.equal((await rawUpgrade(server.url, { host: 'tributary.example:8080', origin })).status, 101);
    assert.equal((await post('tributary.example:9090', { origin })).status, 403, 'of another port');
  });

  it('is answered in words when it is none', async () => {
    for (const host of [
      '[::',
      ':4000',
      'localhost:port',
      'localhost:99999',
      'a b',
      'user@localhost',
      'localhost/x',
      '',
    ])
      for (const answer of [await post(host), await rawUpgrade(server.url, { host })]) {
        assert.equal(answer.status, 400, host);
        assert.match(answer.body, /Host/, host);
        assert.doesNotMatch(answer.body, /\bat |node_modules|file:/, host);
      }
  });

  it('stands in its own header: a target that is a whole address, or none, is answered in words', async () => {
    const host = `localhost:${port}`;
    for (const start of ['GET http://evil.example/graphql', 'GET http://[::/graphql', 'OPTIONS *']) {
      const answer = await rawRequest(server.url, start, { host });
      assert.equal(answer.status, 400, start);
      assert.match(answer.body, /begins with \//, start);
      assert.doesNotMatch(answer.body, /\bat |node_modules|file:/, start);
    }
  });

  it('is any where the pages of all origins may ask', async () => {
    const open = await startTestServer({ ALLOWED_ORIGINS: '*' });
    const answer = await rawRequest(open.url, 'POST /graphql', { host: 'any.example', ...json }, question);
    await open.close();
    assert.equal(answer.status, 200);
  });
});

describe('a page of another site', () => {
  let server: TestServer;
  let host: string;
  before(async () => {
    server = await startTestServer({ ALLOWED_ORIGINS: lab });
    ({ host } = new URL(server.url));
  });
  after(() => server.close());

  it('is refused where the browser says that it is one, though it says not which', async () => {
    for (const site of ['cross-site', 'same-site', 'anything-else']) {
      const told = { host, 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
      const answers = await Promise.all([
        rawRequest(server.url, 'GET /graphql?query={__typename}', { ...told, accept: 'application/json' }),
        rawRequest(server.url, 'GET /graphql', { ...told, accept: 'text/html' }),
        rawRequest(server.url, 'GET /health', told),
        rawRequest(server.url, 'POST /graphql', { ...told, ...json }, question),
        rawUpgrade(server.url, { ...told, 'sec-fetch-mode': 'websocket' }),
      ]);
      for (const { status, body } of answers) {
        assert.equal(status, 403, site);
        assert.match(body, /ALLOWED_ORIGINS/);
      }
    }
  });

  it('may lead its reader to GraphiQL, not show it in a frame or post to it', async () => {
    const link = { host, accept: 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    const status = async (start: string, dest: string) =>
      (await rawRequest(server.url, start, { ...link, 'sec-fetch-dest': dest })).status;
    assert.equal(await status('GET /graphql', 'document'), 200);
    assert.equal(await status('GET /graphql', 'iframe'), 403);
    assert.equal(await status('POST /graphql', 'document'), 403);
  });

  it('may ask where it is listed; so may a page of its own, and whoever is no page', async () => {
    const post = (headers: Record<string, string>) =>
      rawRequest(server.url, 'POST /graphql', { host, ...json, ...headers }, question);
    const listed = await post({ origin: lab, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' });
    assert.equal(listed.status, 200);
    assert.equal(listed.headers['access-control-allow-origin'], lab);
    assert.equal((await post({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).status, 200);
    assert.equal((await post({ 'sec-fetch-site': 'none' })).status, 200);
    assert.equal((await post({})).status, 200);
    const evil = await post({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
    assert.equal(evil.status, 403);
    assert.match(evil.body, /evil\.example.*ALLOWED_ORIGINS/);
    const socket = { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'websocket' };
    assert.equal((await rawUpgrade(server.url, { ...socket, origin: lab })).status, 101);
    assert.equal((await rawUpgrade(server.url, { ...socket, origin: 'https://evil.example' })).status, 403);
  });
});
