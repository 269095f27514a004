/** Prompts of random tokens. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { queryData } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

interface Answer {
  readonly id?: string;
  readonly tokens?: readonly { readonly token: { readonly tokenId: number } }[];
  readonly audit?: { readonly passed: boolean };
  readonly message?: string;
  readonly code?: string;
}

describe('a prompt of random tokens', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  async function asked(randomTokens: string): Promise<Answer> {
    const { logitAttribution } = await queryData<{ logitAttribution: Answer }>(
      server.url,
      `{ logitAttribution(input: { model: "sample", prompt: { randomTokens: ${randomTokens} } }) {
        ... on LogitAttribution { id tokens { token { tokenId } } audit { passed } } ... on Error { code message } } }`,
    );
    return logitAttribution;
  }
  const idsOf = ({ tokens }: Answer) => tokens?.map(({ token }) => token.tokenId) ?? [];

  it('is answered, and is the same for the same seed alone', async () => {
    const first = await asked('{ length: 50, seed: 3 }');
    assert.equal(first.audit?.passed, true);
    assert.equal(idsOf(first).length, 50);
    assert.equal((await asked('{ length: 50, seed: 3 }')).id, first.id);
    assert.notDeepEqual(idsOf(await asked('{ length: 50, seed: 4 }')), idsOf(first));
    assert.deepEqual(
      idsOf(await asked('{ length: 20, seed: 3 }')),
      idsOf(first).slice(0, 20),
      'each is drawn by itself',
    );
  });

  it('has tokens of the whole vocabulary, each as likely as any other', async () => {
    const { model } = await queryData<{ model: { vocabularySize: number; contextLength: number } }>(
      server.url,
      '{ model(name: "sample") { ... on Model { vocabularySize contextLength } } }',
    );
    const { vocabularySize, contextLength } = model;
    const ids: number[] = [];
    for (let seed = 0; ids.length < 500; seed++)
      ids.push(...idsOf(await asked(`{ length: ${contextLength}, seed: ${seed} }`)));
    const quarters = [0, 0, 0, 0];
    for (const id of ids) {
      assert.ok(id >= 0 && id < vocabularySize);
      const quarter = Math.floor((4 * id) / vocabularySize);
      quarters[quarter] = (quarters[quarter] ?? 0) + 1;
    }
    // Six standard deviations.
    const spread = 6 * Math.sqrt(ids.length * 0.25 * 0.75);
    for (const count of quarters) assert.ok(Math.abs(count - ids.length / 4) < spread, quarters.join());
  });

  it('is refused where the model does not read so many', async () => {
    for (const length of [0, -1, 1_000_000]) {
      const { code, message } = await asked(`{ length: ${length} }`);
      assert.equal(code, 'PROMPT');
      assert.match(
        message ?? '',
        new RegExp(`${length} random tokens are asked for; a prompt of this model has 1 to \\d+`),
      );
    }
  });
});
