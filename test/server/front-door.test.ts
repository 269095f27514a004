/** What a newcomer and an orchestrator meet first: GraphiQL's examples, and whether the server is alive and ready. */
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { parse } from 'graphql';
import { schema } from '../../src/api/schema.ts';
import { Housekeeping } from '../../src/runs/housekeeping.ts';
import { exampleTabs } from '../../src/server/examples.ts';
import { Documents } from '../../src/server/limits.ts';
import { readSettings } from '../../src/settings.ts';
import { startTestServer, type TestServer } from './harness.ts';

const documents = new Documents(readSettings({}).limits.documents);

describe('the front door', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const status = async (path: string) => (await fetch(new URL(path, server.url))).status;

  it('is alive while the process is, and ready while the database answers', async () => {
    assert.deepEqual([await status('/health'), await status('/ready')], [200, 200]);
    mock.method(Housekeeping.prototype, 'fault', async () => ({ reason: 'no database', advice: 'none' }));
    assert.deepEqual([await status('/health'), await status('/ready')], [200, 503]);
    mock.restoreAll();
    assert.equal(await status('/ready'), 200);
    assert.equal(await status('/elsewhere'), 404);
  });

  /** What is told by those that explain no target. */
  const told: Readonly<Record<string, RegExp>> = {
    Models: /"name":"sample"/,
    Loading: /"name":"sample","status":/,
    Following: /"changed":\[\],"removed":\[\],"missed":false/,
    WhatItTakes: /"withinBudget":true/,
  };
  for (const { query } of exampleTabs) {
    const [, name = ''] = query.match(/(?:query|subscription) (\w+)/) ?? [];
    it(`opens with an example that works as it stands: ${name}`, async () => {
      assert.deepEqual(documents.validate(schema, parse(query), { operationName: name }), []);
      const answers = await request(query, query.includes('subscription') ? 'text/event-stream' : 'application/json');
      assert.doesNotMatch(answers, /"errors"|"message"/);
      const usual = query.includes('audit') ? /" Mary".*"passed":true/s : /" Mary".*"rank":1\b/s;
      assert.match(answers, told[name] ?? usual);
    });
  }

  /** Of a stream of states, which does not end, the first event. */
  const request = async (query: string, accept: string) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query }),
    });
    if (!/Changes/.test(query)) return response.text();
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (/^data: .*\n/m.test(text)) break;
    }
    return text;
  };
});
