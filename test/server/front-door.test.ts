/** What a newcomer and an orchestrator meet first: GraphiQL's examples, and whether the server is alive and ready. */
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { parse } from 'graphql';
import { schema } from '../../src/api/schema.ts';
import { RunStore } from '../../src/runs/store.ts';
import { exampleTabs } from '../../src/server/examples.ts';
import { validateLimited } from '../../src/server/limits.ts';
import { startTestServer, type TestServer } from './harness.ts';

describe('the front door', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const status = async (path: string) => (await fetch(new URL(path, server.url))).status;

  it('is alive while the process is, and ready while the database answers', async () => {
    assert.deepEqual([await status('/health'), await status('/ready')], [200, 200]);
    mock.method(RunStore.prototype, 'fault', async () => ({ reason: 'no database', advice: 'none' }));
    assert.deepEqual([await status('/health'), await status('/ready')], [200, 503]);
    mock.restoreAll();
    assert.equal(await status('/ready'), 200);
    assert.equal(await status('/elsewhere'), 404);
  });

  for (const { query } of exampleTabs) {
    const [, name = ''] = query.match(/(?:query|subscription) (\w+)/) ?? [];
    it(`opens with an example that works as it stands: ${name}`, async () => {
      assert.deepEqual(validateLimited(schema, parse(query), { operationName: name }), []);
      const answers = await request(query, query.includes('subscription') ? 'text/event-stream' : 'application/json');
      assert.doesNotMatch(answers, /"errors"|"message"/);
      if (name !== 'Models')
        assert.match(answers, query.includes('audit') ? /" Mary".*"passed":true/s : /" Mary".*"rank":1\b/s);
    });
  }

  const request = (query: string, accept: string) =>
    fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query }),
    }).then((response) => response.text());
});
