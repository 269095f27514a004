/** The README's first query and subscription, pasted as they stand, give what the README shows. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import { collect, startTestServer, type TestServer } from './server/harness.ts';

/** The README rounds to two decimals. */
const rounding = 0.0051;

describe('the README', () => {
  let server: TestServer;
  let documents: string[];
  let answers: string[];
  before(async () => {
    server = await startTestServer();
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const blocks = (language: string) =>
      [...readme.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, text]) => text ?? '');
    documents = blocks('graphql');
    answers = blocks('json');
  });
  after(() => server.close());

  it('shows the answer to its first query', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: documents[0] }),
    });
    const { data } = (await response.json()) as { data: { logitAttribution: unknown } };
    assertRounded(data.logitAttribution, JSON.parse(answers[0] as string), 'answer');
  });

  it('shows the messages of its first subscription', async () => {
    const client = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const messages = await collect(client.iterate<{ circulation: unknown }>({ query: documents[1] as string }));
    await client.dispose();
    const shown = (answers[1] as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    assertRounded(
      messages.map(({ data }) => data?.circulation),
      shown,
      'messages',
    );
  });
});

function assertRounded(actual: unknown, shown: unknown, where: string): void {
  if (typeof shown === 'number') {
    assert.ok(Math.abs((actual as number) - shown) <= rounding, `${where} is ${actual}, the README shows ${shown}`);
  } else if (typeof shown === 'object' && shown !== null) {
    assert.deepEqual(Object.keys(actual as object), Object.keys(shown), where);
    for (const [key, value] of Object.entries(shown))
      assertRounded((actual as Record<string, unknown>)[key], value, `${where}.${key}`);
  } else assert.equal(actual, shown, where);
}
