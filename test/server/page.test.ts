/** GraphiQL, as the server hands it out. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { exampleTabs } from '../../src/server/examples.ts';
import { reopenTab } from '../../src/server/reopened-tab.ts';
import { type RawAnswer, RawConnection } from '../support/raw-connection.ts';
import { startTestServer, type TestServer } from './harness.ts';

const graphiql = renderGraphiQL({
  title: 'Tributary',
  subscriptionsProtocol: 'WS',
  defaultTabs: exampleTabs,
  shouldPersistHeaders: false,
});
const rendered = Buffer.from(graphiql.replace('<script>', () => `<script>${reopenTab}</script><script>`));

describe('the page', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const page = async (headers: Record<string, string> = {}): Promise<RawAnswer> => {
    using connection = await RawConnection.open(server.url);
    connection.get({ accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...headers });
    const [answer] = await connection.read(1);
    assert.ok(answer);
    return answer;
  };

  it('is GraphiQL to the last byte, whole or compressed as the browser accepts it', async () => {
    const answers: [accepted: string, encoding: string | undefined, decode: (body: Buffer) => Buffer][] = [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip;q=0.5', 'gzip', gunzipSync],
      ['GZIP, br;q=0.0', 'gzip', gunzipSync],
      ['deflate, br;q=0, gzip; q=0', undefined, (body) => body],
      ['', undefined, (body) => body],
    ];
    for (const [accepted, encoding, decode] of answers) {
      const { status, headers, bytes } = await page({ 'accept-encoding': accepted });
      assert.deepEqual([status, headers['content-encoding']], [200, encoding], accepted);
      assert.match(headers['content-type'] ?? '', /^text\/html; charset=utf-8$/);
      assert.ok(decode(bytes).equals(rendered), accepted);
      if (encoding) assert.ok(bytes.length < rendered.length / 3, `${bytes.length} of ${rendered.length} bytes`);
    }
    const bare = await page();
    assert.deepEqual([bare.headers['content-encoding'], bare.bytes.length], [undefined, rendered.length]);
  });

  it('is not sent again to a browser that has it, in the encoding that it has it in', async () => {
    const tags = new Set<string>();
    for (const encoding of ['br', 'gzip', 'identity']) {
      const accepted = { 'accept-encoding': encoding };
      const { headers } = await page(accepted);
      const { etag = '' } = headers;
      assert.equal(headers['cache-control'], 'no-cache');
      assert.match(headers.vary ?? '', /\bAccept-Encoding\b/);
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await page({ ...accepted, 'if-none-match': known });
        assert.deepEqual([again.status, again.headers.etag, again.bytes.length], [304, etag, 0], known);
      }
      for (const tag of [...tags, '"other"'])
        assert.equal((await page({ ...accepted, 'if-none-match': tag })).status, 200, tag);
      tags.add(etag);
    }
    assert.equal(tags.size, 3, 'each encoding is another sequence of bytes');
  });

  it('may run its own scripts, and load nothing from anywhere but its server', async () => {
    const { headers } = await page({ 'accept-encoding': 'br' });
    const policy = new Map(
      (headers['content-security-policy'] ?? '').split('; ').map((directive): [string, string[]] => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources];
      }),
    );
    const scripts = [...rendered.toString().matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(
      ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
    );
    assert.equal(scripts.length, 2);
    assert.deepEqual(policy.get('script-src'), scripts);
    for (const name of ['default-src', 'base-uri', 'form-action', 'frame-ancestors'])
      assert.deepEqual(policy.get(name), ["'none'"], name);
    assert.deepEqual(policy.get('connect-src'), ["'self'"]);
    const others = [...policy].filter(([name]) => name !== 'script-src').flatMap(([, sources]) => sources);
    assert.deepEqual(
      others.filter((source) => !["'none'", "'self'", "'unsafe-inline'", 'blob:', 'data:'].includes(source)),
      [],
    );
  });

  it('is for browsers alone: the same address answers the same GET with JSON where JSON is asked for', async () => {
    const get = (accept: string, method = 'GET') =>
      fetch(`${server.url}?query={__typename}`, { method, headers: { accept } });
    assert.deepEqual(await (await get('application/json')).json(), { data: { __typename: 'Query' } });
    assert.match((await get('text/html')).headers.get('content-type') ?? '', /^text\/html/);
    const head = await get('text/html', 'HEAD');
    assert.deepEqual([head.status, await head.text()], [200, '']);
    const elsewhere = await fetch(new URL('/elsewhere', server.url), { headers: { accept: 'text/html' } });
    assert.equal(elsewhere.status, 404);
  });
});
