/** What the model predicts at a position, on every reference checkpoint: figures of named tokens, and the likeliest. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { predict } from '../src/explain/prediction.ts';
import { Gate } from '../src/inference/gate.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose } from './support/close.ts';

/** Absolute. */
const parity = 1e-4;

await describeReferences((reference, model) => {
  /** Of transformers, at one position: after a softcap. */
  const logitsAt = (prompt: ReferencePrompt, position: number) => {
    const { vocabularySize } = model.specification;
    return reference.tensor(prompt, 'logits').slice(position * vocabularySize, (position + 1) * vocabularySize);
  };

  it('gives the logits, probabilities and ranks of transformers to every token of the vocabulary', async () => {
    const tokens = Array.from({ length: model.specification.vocabularySize }, (_, id) => id).reverse();
    for (const prompt of reference.prompts) {
      for (const position of new Set([0, prompt.ids.length >> 1, prompt.ids.length - 1])) {
        const expected = logitsAt(prompt, position);
        const exps = Array.from(expected, Math.exp);
        const sum = exps.reduce((total, value) => total + value, 0);
        const found = await predict(model, { inputIds: prompt.ids, position, tokens, top: 3 }, new Gate());
        const of = (figure: 'token' | 'logit' | 'probability') => found.tokens.map((reading) => reading[figure]);
        assert.deepEqual(of('token'), tokens);
        assertClose(of('logit'), expected.toReversed(), parity, 'logits');
        assertClose(of('probability'), exps.map((value) => value / sum).reverse(), parity, 'probabilities');
        for (const { token, rank } of found.tokens) assertRank(rank, expected[token] as number, expected);
        assert.deepEqual(
          found.likeliest,
          found.tokens.toSorted((a, b) => a.rank - b.rank || a.token - b.token).slice(0, 3),
        );
      }
    }
  });

  it('gives the likeliest tokens alone, or nothing, where nothing else is wanted', async () => {
    const { ids } = reference.prompts[0] as ReferencePrompt;
    const ask = (tokens: number[], top: number) =>
      predict(model, { inputIds: ids, position: 0, tokens, top }, new Gate());
    const { tokens, likeliest } = await ask([], 2);
    assert.deepEqual(tokens, []);
    assert.deepEqual(
      likeliest.map(({ rank }) => rank),
      [1, 2],
    );
    assert.deepEqual(await ask([], 0), { tokens: [], likeliest: [] });
    assert.equal((await ask([], 1e6)).likeliest.length, model.specification.vocabularySize);
    const [first] = likeliest;
    assert.deepEqual((await ask([first?.token ?? 0], 0)).tokens, [first]);
  });
});

/** One more than how many logits are greater; those that are as near as the tolerance may be on either side. */
function assertRank(rank: number, logit: number, logits: Float32Array): void {
  const least = 1 + logits.filter((other) => other > logit + 2 * parity).length;
  const most = 1 + logits.filter((other) => other > logit - 2 * parity).length;
  assert.ok(rank >= least && rank <= most, `rank ${rank} is not from ${least} to ${most}`);
}
