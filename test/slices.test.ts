/** Prompts that go through blocks in slices, against the same prompts as a whole, on every reference checkpoint. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { grains } from '../src/explain/attribution/grains/registry.ts';
import type { AttributionResult, AttributionSelection } from '../src/explain/attribution/result.ts';
import { forwardPass } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import { LoadedModel } from '../src/inference/loaded-model.ts';
import { reversePass } from '../src/inference/reverse-pass.ts';
import { floatsOf, type Tensors } from '../src/inference/tensor.ts';
import { describeReferences, type ReferencePrompt, type ReferenceTarget } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

/** Of the largest value of a tensor. */
const identity = 1e-6;
/** Gradients through the norms are differences of larger numbers. */
const ofGradients = 1e-5;
/** Far fewer positions than a prompt of the references has. */
const slice = 3;

/** Every figure of every grain; the strongest of none: which of two alike comes first is for rounding to say. */
const selection: AttributionSelection = Object.fromEntries(
  grains.flatMap(({ examples }) => Object.entries(examples).map(([key, count = 0]) => [key, count])),
);

await describeReferences((reference, model) => {
  const { ids, targets } = reference.prompts.at(-1) as ReferencePrompt;
  const { position, token, against } = targets.at(-1) as ReferenceTarget;

  /** @returns the same of the prompt as a whole, and in slices */
  async function bothWays<Result>(ask: () => Promise<Result>): Promise<[whole: Result, sliced: Result]> {
    const whole = await ask();
    const { longestSlice } = model;
    model.longestSlice = slice;
    const sliced = await ask();
    model.longestSlice = longestSlice;
    return [whole, sliced];
  }

  it('keeps in slices what it keeps as a whole', async () => {
    const [whole, sliced] = await bothWays(() => forwardPass(model, ids, new Gate()));
    const others = [...sliced.saved, { last: sliced.last }];
    for (const [layer, saved] of [...whole.saved, { last: whole.last }].entries()) {
      for (const name of Object.keys(saved)) {
        const values = floatsOf(saved, name);
        const found = floatsOf(others[layer] as Tensors, name);
        assertClose(found, values, scaledTolerance(values, identity), `${name} of block ${layer}`);
      }
    }
  });

  for (const method of ['FROZEN', 'GRADIENT', 'ATTN_LRP', 'INTEGRATED_GRADIENTS']) {
    it(`answers in slices what it answers as a whole, by ${method}`, async () => {
      const asked = { inputIds: ids, target: { position, token, against }, method, options: { steps: 2 }, selection };
      const [whole, sliced] = await bothWays(() => attribute(model, asked, new Gate()));
      assertSame(sliced, whole, method === 'FROZEN' ? identity : ofGradients, method);
    });
  }

  it('stops between two slices of a block, on the way there and back', async () => {
    const start = {
      grad: new Float32Array(model.specification.width),
      direct: new Float32Array(model.specification.width),
    };
    const { longestSlice } = model;
    model.longestSlice = slice;
    const pass = await forwardPass(model, ids, new Gate());
    let gate = new Gate();
    const blocks = mock.method(model, 'runBlock', (...given: Parameters<typeof model.runBlock>) => {
      gate.cancel();
      return LoadedModel.prototype.runBlock.call(model, ...given);
    });
    try {
      await assert.rejects(reversePass(model, 'FROZEN', pass, [[{ ...start, position }]], gate).next(), /cancelled/);
      assert.equal(blocks.mock.callCount(), 1);
      gate = new Gate();
      await assert.rejects(forwardPass(model, ids, gate), /cancelled/);
      assert.equal(blocks.mock.callCount(), 2);
    } finally {
      blocks.mock.restore();
      model.longestSlice = longestSlice;
    }
  });
});

function assertSame(found: AttributionResult, expected: AttributionResult, relative: number, what: string): void {
  const scale = Math.max(...Array.from(expected.tokens, Math.abs));
  const [all, others] = [numbersIn(expected), numbersIn(found)];
  assertClose(others, all, relative * Math.max(1, scale), what);
}

/** All that an answer has, in order; of the strongest ones how strong they are: which of two alike is first, rounding says. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value instanceof Float32Array) return Array.from(value);
  if (typeof value !== 'object' || value === null) return [];
  if ('from' in value && 'score' in value) return [Math.abs(Number(value.score))];
  if ('neuron' in value && 'total' in value) return [Math.abs(Number(value.total))];
  return Object.values(value).flatMap(numbersIn);
}
