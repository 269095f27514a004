/** The explorer, as the server hands it out and as a browser has it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { explorerFiles, noBrowser, openExplorer } from '../support/explorer.ts';
import { rawRequest } from '../support/raw-connection.ts';
import { startTestServer, type TestServer } from './harness.ts';

/** Bytes of scripts, minified and gzipped: until the example is explained, and of all there are. */
const [mostAtFirst, mostInAll] = [61_000, 135_000];

describe('the page', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({}, undefined, await explorerFiles());
  });
  after(() => server.close());

  /** As it comes, whatever the path is made of. */
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    rawRequest(server.url, `${method} ${path}`, headers);
  const plain = async (path: string) => {
    const { status, body } = await get(path);
    assert.equal(status, 200, path);
    return body;
  };
  /** Paths of what the page is made of. */
  const assets = async () => {
    const links = [...(await plain('/')).matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    assert.ok(links.some((path) => path.endsWith('.js')) && links.some((path) => path.endsWith('.css')), String(links));
    return links;
  };

  it('is at /, whatever the query, for whoever asks', async () => {
    const { body } = await get('/');
    for (const path of ['/', '/?', '/?run=cm1&why=%22%3E', '/?/graphql'])
      for (const accept of ['text/html,*/*;q=0.8', '*/*', 'application/json']) {
        const answer = await get(path, { accept });
        assert.deepEqual([answer.status, answer.body], [200, body], `${path} ${accept}`);
        assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
      }
    assert.match(body, /<title>Tributary<\/title>/);
  });

  it('runs the scripts and styles of its server alone, none of which stand in the page', async () => {
    const { headers, body } = await get('/');
    const policy = new Set(headers['content-security-policy']?.split('; '));
    const expected = [
      "default-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "font-src 'self'",
      "img-src 'self' data: blob:",
      "connect-src 'self'",
    ];
    assert.deepEqual(policy, new Set(expected));
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    for (const [script] of body.matchAll(/<script[^>]*>[^<]*/g)) assert.match(script, / src="\.\/assets\/[^"]+">$/);
    assert.doesNotMatch(body, /<style| style=| on\w+=/);
  });

  it('is made of files that a browser may keep, each of its type', async () => {
    const types: Readonly<Record<string, string>> = {
      js: 'text/javascript; charset=utf-8',
      css: 'text/css; charset=utf-8',
      svg: 'image/svg+xml',
    };
    for (const path of await assets()) {
      const { status, headers, bytes } = await get(path);
      assert.equal(status, 200, path);
      assert.equal(headers['content-type'], types[path.replace(/.*\./, '')], path);
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.match(path, /-[\w-]{8}\.\w+$/, 'its name is another one when its content is');
      assert.ok(bytes.length > 0);
    }
    assert.equal((await get('/')).headers['cache-control'], 'no-cache');
  });

  it('comes compressed as the browser accepts it, and not at all where the browser has it', async () => {
    for (const path of ['/', ...(await assets())]) {
      const whole = (await get(path)).bytes;
      const tags = new Set<string>();
      for (const [encoding, decode] of [
        ['br', brotliDecompressSync],
        ['gzip', gunzipSync],
      ] as const) {
        const { headers, bytes } = await get(path, { 'accept-encoding': encoding });
        const { etag = '' } = headers;
        assert.deepEqual([headers['content-encoding'], headers.vary], [encoding, 'Accept-Encoding']);
        assert.ok(decode(bytes).equals(whole), path);
        const again = await get(path, { 'accept-encoding': encoding, 'if-none-match': `"other", W/${etag}` });
        assert.deepEqual([again.status, again.bytes.length, again.headers.etag], [304, 0, etag]);
        for (const other of ['"other"', ...tags])
          assert.equal((await get(path, { 'accept-encoding': encoding, 'if-none-match': other })).status, 200);
        tags.add(etag);
      }
    }
  });

  it('is told of by HEAD, and takes no other method', async () => {
    for (const path of ['/', ...(await assets())]) {
      const [whole, { status, headers, bytes }] = await Promise.all([
        get(path),
        fetch(new URL(path, server.url), { method: 'HEAD', headers: { 'accept-encoding': 'identity' } }).then(
          async (answer) => ({
            status: answer.status,
            headers: answer.headers,
            bytes: await answer.arrayBuffer(),
          }),
        ),
      ]);
      assert.deepEqual([status, bytes.byteLength], [200, 0]);
      for (const name of ['content-length', 'content-type', 'etag', 'cache-control', 'content-security-policy'])
        assert.equal(headers.get(name), whole.headers[name], `${path} ${name}`);
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const refused = await get(path, {}, method);
        assert.deepEqual([refused.status, refused.headers.allow], [405, 'GET, HEAD'], `${method} ${path}`);
        assert.match(refused.body, /GraphQL is asked at \/graphql/);
      }
    }
  });

  it('leads to no other file, however its path is written', async () => {
    const climbs = ['/../package.json', '/assets/../index.html', '/assets/../../sources.ts', '/assets/./', '/assets//'];
    const encoded = ['/%2e%2e/package.json', '/assets/%2e%2e/index.html', '/assets/..%2findex.html', '/assets/%2e'];
    const others = ['/assets', '/assets/', '/index.html', '/assets/index.js', '/assets/..\\index.html', '//', '/%00'];
    const doubled = ['/assets/%252e%252e/index.html', '/assets/%c0%ae%c0%ae/index.html', '/__proto__', '/constructor'];
    for (const path of [...climbs, ...encoded, ...others, ...doubled]) {
      const { status, body, headers } = await get(path, { accept: 'text/html' });
      assert.equal(status, 404, path);
      assert.equal(headers['content-type'], 'application/json', path);
      assert.match(body, /the page is at \/, GraphQL and GraphiQL are at \/graphql/, path);
    }
  });

  it('is not for other sites, nor under other names', async () => {
    for (const path of ['/', ...(await assets())]) {
      assert.equal((await get(path, { host: 'evil.example' })).status, 421);
      assert.equal((await get(path, { origin: 'https://evil.example' })).status, 403);
      assert.equal((await get(path, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status, 403);
    }
    const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    assert.equal((await get('/?run=1', followed)).status, 200);
  });

  it('takes nothing from GraphiQL and the endpoint, which are where they were', async () => {
    const graphiql = await get('/graphql', { accept: 'text/html' });
    assert.deepEqual([graphiql.status, graphiql.headers.vary], [200, 'Accept, Accept-Encoding']);
    assert.match(graphiql.body, /graphiql/i);
    const query = '/graphql?query={__typename}';
    assert.deepEqual(JSON.parse((await get(query, { accept: 'application/json' })).body), {
      data: { __typename: 'Query' },
    });
  });

  it(`is small: its scripts have at most ${mostInAll} bytes, gzipped`, async () => {
    const scripts = [...(await explorerFiles()).keys()].filter((path) => path.endsWith('.js'));
    const sources = await Promise.all(scripts.map(plain));
    const size = gzipped(sources);
    assert.ok(size > 1000 && size <= mostInAll, `${size} bytes`);
    // Minified: what is indented stands in texts, queries in Python among them.
    for (const source of sources) assert.ok(source.split('\n').filter((line) => line.startsWith('  ')).length < 20);
  });
});

function gzipped(sources: readonly string[]): number {
  return sources.reduce((sum, source) => sum + gzipSync(source, { level: 9 }).length, 0);
}

describe('a server without the page', () => {
  it('says so where the page would be, and answers all else', async () => {
    const server = await startTestServer();
    try {
      const page = await rawRequest(server.url, 'GET /?run=1', { accept: 'text/html' });
      assert.deepEqual([page.status, page.headers['content-type']], [404, 'application/json']);
      assert.match(page.body, /not built: npm run build:explorer .*\/graphql/);
      assert.equal((await rawRequest(server.url, 'GET /graphql?query={__typename}', {})).status, 200);
    } finally {
      await server.close();
    }
  });
});

describe('the page in a browser', { skip: noBrowser }, () => {
  it('draws itself, asks nobody but its server, and reports no fault', async () => {
    await using explorer = await openExplorer({ path: '/?run=none' });
    const { page, url } = explorer;
    await page.locator('#explorer > *').first().waitFor();
    assert.equal(await page.title(), 'Tributary');
    assert.ok(explorer.requests.includes(`${url}?run=none`));
    assert.ok(explorer.requests.some((request) => request.startsWith(`${url}assets/`) && request.endsWith('.js')));
    assert.deepEqual([explorer.errors, explorer.foreignRequests()], [[], []]);
  });

  it(`has explained its example, and drawn its lens, after ${mostAtFirst} bytes of scripts, gzipped`, async () => {
    await using explorer = await openExplorer();
    const { page } = explorer;
    const scripts = () => explorer.requests.filter((request) => request.endsWith('.js'));
    await page.locator('.tokens .caption', { hasText: 'Mary' }).waitFor();
    await page.locator('.lens [data-cell="embedding:13"][data-token]').waitFor();
    const sources = await Promise.all(scripts().map(async (script) => (await fetch(script)).text()));
    const size = gzipped(sources);
    assert.ok(size > 1000 && size <= mostAtFirst, `${size} bytes`);
    // What else there is comes when it is asked for.
    const before = scripts().length;
    await page.getByRole('tab', { name: 'Heads' }).click();
    await page.locator('.heads .caption').waitFor();
    assert.ok(scripts().length > before);
  });

  it('is held to its policy: scripts and requests of others do nothing, and are seen', async () => {
    await using explorer = await openExplorer();
    const { page } = explorer;
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "taken over"';
      document.body.append(script);
    });
    const asked = await page.evaluate(() =>
      fetch('http://127.0.0.1:9/').then(
        () => 'answered',
        () => 'refused',
      ),
    );
    assert.deepEqual([await page.title(), asked], ['Tributary', 'refused']);
    assert.ok(explorer.errors.some((error) => /Content Security Policy/.test(error)));
  });
});
