/** Answers token by token, against transformers' own, whole passes and single attributions of the same prefixes, on every reference checkpoint. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { Decoding } from '../src/inference/decoding.ts';
import { forwardPass, keepNothing } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import { readNext } from '../src/inference/target.ts';
import { describeReferences, largeVocabulary, type ReferencePrompt, referenceNames } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';
import { generated } from './support/generated.ts';

/** Of the largest logit, and of the largest score of an answer. */
const agreement = 1e-4;
const identity = 1e-5;

await describeReferences(
  (reference, model) => {
    for (const prompt of reference.prompts)
      it(`says after ${prompt.ids.length} tokens what transformers says`, async () => {
        const expected = reference.answerTo(prompt);
        const { length } = expected.ids;
        assert.ok(length > 0, 'the reference has an answer');
        const { steps, ...answer } = await said(prompt.ids, length);
        assert.deepEqual(answer.ids, expected.ids);
        const { logProbabilities, entropies } = expected;
        assertClose(answer.logProbabilities, logProbabilities, scaledTolerance(logProbabilities, agreement), 'log p');
        assertClose(answer.entropies, entropies, scaledTolerance(entropies, agreement), 'entropies');
        for (const { token, logit, probability, logProbability, rank, top } of steps.of('TOKEN')) {
          assert.equal(rank, 1);
          assert.ok(Math.abs(probability - Math.exp(logProbability)) <= 1e-12);
          assert.equal(top[0]?.token, token);
          assertClose([top[0]?.logit ?? Number.NaN], [logit], agreement, 'logit');
          assertClose([top[0]?.probability ?? Number.NaN], [probability], agreement, 'probability');
        }
        assert.deepEqual(steps.of('STARTED'), [{ type: 'STARTED', tokens: prompt.ids, maxTokens: length }]);
        assert.deepEqual(steps.of('COMPLETED'), [{ type: 'COMPLETED', reason: 'LENGTH', answer: expected.ids }]);
        assert.deepEqual(
          steps.steps.map(({ type }) => type),
          ['STARTED', ...expected.ids.map(() => 'TOKEN'), 'COMPLETED'],
        );
      });

    async function said(inputIds: readonly number[], maxTokens: number) {
      const steps = await generated(model, { inputIds, maxTokens });
      const tokens = steps.of('TOKEN');
      return {
        steps,
        ids: steps.answer,
        logProbabilities: tokens.map(({ logProbability }) => logProbability),
        entropies: tokens.map(({ entropy }) => entropy),
      };
    }
  },
  [...referenceNames, largeVocabulary],
);

await describeReferences((reference, model) => {
  const { ids } = reference.prompts.at(-1) as ReferencePrompt;

  it('reads token by token what a whole pass reads', async () => {
    const decoding = new Decoding(model, new Gate());
    const read: number[] = [];
    for (const part of [ids.slice(0, 3), ids.slice(3, 4), ids.slice(4, 9), ...ids.slice(9).map((id) => [id])]) {
      read.push(...part);
      const { logits } = await readNext(model, await decoding.read(part), { position: 0 }, 1);
      const { last } = await forwardPass(model, read, new Gate(), keepNothing);
      const { logits: whole } = await readNext(model, last, { position: read.length - 1 }, 1);
      assertClose(logits, whole, scaledTolerance(whole, agreement), `logits behind ${read.length} tokens`);
    }
  });

  for (const method of ['FROZEN', 'GRADIENT', 'ATTN_LRP'] as const) {
    it(`explains each token by ${method} as a question of its own does`, async () => {
      const prompt = ids.slice(0, 5);
      const steps = await generated(model, { inputIds: prompt, attribution: { method } });
      const { answer } = steps;
      const explained = steps.of('ATTRIBUTED');
      assert.deepEqual(
        explained.map(({ index }) => index),
        [...answer.keys()],
      );
      for (const { index, tokens, bias, target, audit } of explained) {
        const inputIds = [...prompt, ...answer.slice(0, index)];
        const position = inputIds.length - 1;
        const asked = { position, token: answer[index] as number, against: null };
        const single = await attribute(model, { inputIds, target: asked, method, selection: {} }, new Gate());
        assertClose(tokens, single.tokens, scaledTolerance(single.tokens, identity), `scores of token ${index}`);
        const scale = Math.max(1, ...single.tokens.map(Math.abs));
        assert.ok(Math.abs(bias - single.bias) <= identity * scale);
        assert.equal(target.position, position);
        assert.equal(audit.passed, single.audit.passed);
        if (method === 'FROZEN') assert.ok(audit.passed);
      }
    });
  }
});
