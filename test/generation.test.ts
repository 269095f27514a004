/** Answers token by token, against whole passes and single attributions of the same prefixes, on every reference checkpoint. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attribute } from '../src/explain/attribution/attribute.ts';
import type { GenerationRequest, GenerationStep } from '../src/explain/generation/event.ts';
import { generate } from '../src/explain/generation/generate.ts';
import { Decoding } from '../src/inference/decoding.ts';
import { forwardPass, keepNothing } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import { readNext } from '../src/inference/target.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

/** Of the largest logit, and of the largest score of an answer. */
const agreement = 1e-4;
const identity = 1e-5;

const greedy: Omit<GenerationRequest, 'inputIds'> = {
  maxTokens: 12,
  sampling: null,
  stopTokens: [],
  stopTexts: [],
  top: 3,
  attribution: { method: 'FROZEN' },
};

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
      const steps = await generated({ ...greedy, inputIds: ids.slice(0, 5), attribution: { method } });
      const tokens = steps.filter(({ type }) => type === 'TOKEN');
      const answer = tokens.map(({ token }) => token);
      const explained = steps.filter(({ type }) => type === 'ATTRIBUTED');
      assert.deepEqual(
        explained.map(({ index }) => index),
        [...answer.keys()],
      );
      for (const { index, tokens, bias, target, audit } of explained) {
        const inputIds = [...ids.slice(0, 5), ...answer.slice(0, index)];
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

  async function generated(request: GenerationRequest) {
    const steps: GenerationStep[] = [];
    await generate(model, request, new Gate(), async (step) => void steps.push(step));
    const of = <Type extends GenerationStep['type']>(type: Type) =>
      steps.filter((step): step is Extract<GenerationStep, { type: Type }> => step.type === type);
    void of;
    return steps as (GenerationStep & Record<string, never>)[];
  }
});
