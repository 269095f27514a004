/** Shares of tokens over the API: special tokens are left out of them where that is asked for, and of nothing else. */
import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { attributionMethods } from '../../src/explain/attribution/methods/registry.ts';
import { referenceFolder } from '../reference/reference.ts';
import { queryData } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

interface Answer {
  readonly run: { readonly id: string };
  readonly tokens: readonly {
    readonly token: { readonly id: number; readonly special: boolean };
    readonly score: number;
    readonly share?: number | null;
    readonly all?: number | null;
    readonly kept?: number | null;
  }[];
  readonly bias: number;
  readonly audit: object;
}

const documentWith = (shares: string) => `query ($input: LogitAttributionInput!, $id: ID = "") {
  logitAttribution(input: $input) { ...Answer }
  run(id: $id) { attribution { ...Answer } }
}
fragment Answer on LogitAttribution {
  run { id } tokens { token { tokenId special } score ${shares} } bias audit { logit sum gap relativeGap passed }
}`;
const withShares = documentWith('share all: share(withoutSpecial: false) kept: share(withoutSpecial: true)');

describe('the share of a token', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await beginning(join(server.models, 'beginning'));
  });
  after(() => server.close());

  const ask = (query: string, input: object, id = '') =>
    queryData<{ logitAttribution: Answer; run: { attribution: Answer } | null }>(server.url, query, { input, id });
  const assertOne = (shares: readonly (number | null | undefined)[]) =>
    assert.ok(Math.abs(shares.reduce<number>((sum, share) => sum + Math.abs(share ?? 0), 0) - 1) < 1e-12);

  for (const method of attributionMethods) {
    for (const [model, prompt, specials] of [
      ['beginning', { text: 'the river' }, [0]],
      ['sample', { text: 'The keys to the cabinet' }, []],
    ] as const) {
      it(`is of all tokens or of those that are text, and changes nothing else: ${method}, ${model}`, async () => {
        const input = { model, prompt, method, target: { token: { tokenId: 40 } } };
        const { logitAttribution } = await ask(withShares, input);
        const { tokens, ...rest } = logitAttribution;
        assert.deepEqual(
          tokens.flatMap(({ token }, position) => (token.special ? [position] : [])),
          specials,
        );
        assertOne(tokens.map(({ all }) => all));
        assertOne(tokens.map(({ kept }) => kept));
        const magnitude = (some: typeof tokens) => some.reduce((sum, { score }) => sum + Math.abs(score), 0);
        const text = tokens.filter(({ token }) => !token.special);
        for (const { token, score, share, all, kept } of tokens) {
          assert.equal(share, all);
          assert.ok(Math.abs((all as number) - score / magnitude(tokens)) < 1e-12);
          if (token.special) assert.equal(kept, null);
          else assert.ok(Math.abs((kept as number) - score / magnitude(text)) < 1e-12);
        }
        assert.ok(
          specials.every((position) => Math.abs(tokens[position]?.all ?? 0) > 0),
          'a special token has a share among all',
        );

        const plain = (await ask(documentWith(''), input)).logitAttribution;
        assert.deepEqual({ bias: plain.bias, audit: plain.audit, run: plain.run }, rest);
        assert.deepEqual(
          plain.tokens.map(({ score }) => score),
          tokens.map(({ score }) => score),
        );
      });
    }
  }

  it('is told of a stored run, but not which tokens are text when its checkpoint is gone', async () => {
    const folder = join(server.models, 'gone');
    await beginning(folder);
    const asked = { model: 'gone', prompt: { text: 'the river' } };
    const other = { model: 'sample', prompt: { text: 'The keys' } };
    const { logitAttribution } = await ask(withShares, asked);
    const stored = await ask(withShares, other, logitAttribution.run.id);
    assert.deepEqual(stored.run?.attribution, logitAttribution);
    await rm(folder, { recursive: true });
    const left = (await ask(withShares, other, logitAttribution.run.id)).run?.attribution;
    assert.deepEqual(
      left?.tokens.map(({ all }) => all),
      logitAttribution.tokens.map(({ all }) => all),
    );
    assert.ok(left?.tokens.every(({ kept }) => kept === null));
  });
});

/** A Llama whose tokenizer puts a special token at the beginning, as Llama's own does. */
async function beginning(folder: string): Promise<void> {
  await cp(referenceFolder('llama-grouped'), folder, { recursive: true });
  const file = join(folder, 'tokenizer.json');
  const tokenizer = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  const [mark] = tokenizer.added_tokens as [{ id: number; content: string }];
  const added = { SpecialToken: { id: mark.content, type_id: 0 } };
  const special_tokens = { [mark.content]: { id: mark.content, ids: [mark.id], tokens: [mark.content] } };
  const single = [added, { Sequence: { id: 'A', type_id: 0 } }];
  const pair = [...single, { Sequence: { id: 'B', type_id: 1 } }];
  tokenizer.post_processor = { type: 'TemplateProcessing', single, pair, special_tokens };
  await writeFile(file, JSON.stringify(tokenizer));
}
