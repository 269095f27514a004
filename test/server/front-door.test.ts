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

  for (const { query, variables } of exampleTabs) {
    const [, name = ''] = query.match(/(?:query|subscription) (\w+)/) ?? [];
    it(`opens with an example that works as it stands: ${name}`, async () => {
      const document = parse(query);
      const variableValues = JSON.parse(variables ?? '{}') as Record<string, unknown>;
      assert.deepEqual(validateLimited(schema, document, { variables: variableValues, operationName: name }), []);
      const answers = query.includes('subscription')
        ? await overEvents(query, variableValues)
        : await post(query, variableValues);
      assert.doesNotMatch(answers, /"errors"|"message"/);
      if (name !== 'Models')
        assert.match(answers, query.includes('audit') ? /" Mary".*"passed":true/s : /" Mary".*"rank":1\b/s);
    });
  }

  it('opens with an example that asks for no variables, which GraphiQL would not show', () => {
    assert.equal(exampleTabs[0]?.variables, undefined);
    assert.deepEqual(validateLimited(schema, parse(exampleTabs[0]?.query ?? ''), {}), []);
  });

  const request = (query: string, variables: object, accept: string) =>
    fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query, variables }),
    }).then((response) => response.text());
  const post = (query: string, variables: object) => request(query, variables, 'application/json');
  const overEvents = (query: string, variables: object) => request(query, variables, 'text/event-stream');
});
