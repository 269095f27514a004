/** Answers at the limits of what a model reads, beside each other, and broken off, on every reference checkpoint. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attribute } from '../src/explain/attribution/attribute.ts';
import type { GenerationStep } from '../src/explain/generation/event.ts';
import { generate } from '../src/explain/generation/generate.ts';
import { forwardPass, keepNothing } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import { readNext } from '../src/inference/target.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';
import { generated, plainly } from './support/generated.ts';

/** Of the largest score; and of the largest logit, between one pass and one that goes on from another. */
const identity = 1e-5;

await describeReferences((reference, model) => {
  const { ids } = reference.prompts.at(-1) as ReferencePrompt;
  const context = Math.min(model.specification.contextLength, 64);
  // Another one at each length, within the smallest vocabulary.
  const full = Array.from({ length: context }, (_, position) => ((ids[position % 23] as number) + position) % 280);

  it('has room for one token behind a prompt that fills what the model reads, and explains it', async () => {
    for (const method of ['FROZEN', 'GRADIENT', 'ATTN_LRP'] as const) {
      const steps = await generated(model, { inputIds: full, maxTokens: 1, attribution: { method } });
      const [explained] = steps.of('ATTRIBUTED');
      const target = { position: context - 1, token: steps.answer[0] as number, against: null };
      const single = await attribute(model, { inputIds: full, target, method, selection: {} }, new Gate());
      assert.ok(explained);
      assertClose(explained.tokens, single.tokens, scaledTolerance(single.tokens, identity), method);
      assert.equal(explained.tokens.length, context);
    }
  });

  it('goes on from one token to the last position, and what it says there is what one pass says', async () => {
    const steps = await generated(model, { inputIds: full.slice(0, 1), maxTokens: context });
    const { answer } = steps;
    assert.equal(answer.length, context);
    const { last } = await forwardPass(model, [...full.slice(0, 1), ...answer.slice(0, -1)], new Gate(), keepNothing);
    const { own, logits } = await readNext(model, last, { position: context - 1 }, 1);
    const said = steps.of('TOKEN').at(-1);
    assert.ok(said);
    const tolerance = scaledTolerance(logits, 10 * identity);
    assertClose([said.logit], [logits[said.token] as number], tolerance, 'logit of the last token');
    assertClose([said.logit], [own.target.cappedLogit], tolerance, 'logit of the likeliest token');
  });
});

/** Learned and rotary positions, a window, rotations that depend on the length, half precision. */
const names = ['gpt2-plain', 'gemma-bfloat16', 'mistral-sliding', 'phi3-longrope'];

await describeReferences((reference, model) => {
  const { ids } = reference.prompts.at(-1) as ReferencePrompt;

  it('is the same for two that are written at the same time', async () => {
    const asked = [
      { inputIds: ids.slice(0, 4), attribution: { method: 'FROZEN' } },
      { inputIds: ids.slice(2, 9), sampling: { temperature: 1, topK: 9, topP: 0.9, seed: 2 } },
    ] as const;
    const [one, other] = asked;
    const stepsOf = ({ steps }: { readonly steps: readonly GenerationStep[] }) =>
      steps.map((step) => (step.type === 'TOKEN' ? { ...step, elapsed: 0 } : step));
    const together = await Promise.all([generated(model, one), generated(model, other)]);
    const alone = [await generated(model, one), await generated(model, other)];
    assert.deepEqual(together.map(stepsOf), alone.map(stepsOf));
  });

  it('ends before the next block when it is cancelled, whatever it does, and leaves nothing behind', async () => {
    const request = { ...plainly, inputIds: ids.slice(0, 3), maxTokens: 3, attribution: { method: 'FROZEN' } } as const;
    const { steps } = await generated(model, request);
    for (let told = 1; told < steps.length; told++) {
      const gate = new Gate();
      const heard: GenerationStep[] = [];
      const tell = async (step: GenerationStep) => {
        heard.push(step);
        if (heard.length === told) gate.cancel();
      };
      // What is told together behind a way back is told to the end.
      const isLast = steps[told - 1]?.type === 'ATTRIBUTED';
      const ended = generate(model, request, gate, tell);
      if (isLast) await ended;
      else await assert.rejects(ended, { code: 'CANCELLED' });
    }
    const again = await generated(model, request);
    assert.deepEqual(
      again.answer,
      steps.flatMap((step) => (step.type === 'TOKEN' ? [step.token] : [])),
    );
  });
}, names);
