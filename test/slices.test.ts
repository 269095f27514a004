/** Prompts that go through blocks in slices, against the same prompts as a whole, on every reference checkpoint. */
import { it } from 'node:test';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { grains } from '../src/explain/attribution/grains/registry.ts';
import type { AttributionResult, AttributionSelection } from '../src/explain/attribution/result.ts';
import { forwardPass } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LoadedModel } from '../src/inference/loaded-model.ts';
import { floatsOf, type Tensors } from '../src/inference/tensor.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

/** Of the largest value of a tensor. */
const identity = 1e-5;
/** Far fewer positions than a prompt of the references has. */
const slice = 3;

/** Every figure of every grain; the strongest of none: which of two alike comes first is for rounding to say. */
const selection: AttributionSelection = Object.fromEntries(
  grains.flatMap(({ examples }) => Object.entries(examples).map(([key, count = 0]) => [key, count])),
);

await describeReferences((reference, whole) => {
  const { ids, targets } = reference.prompts.at(-1) as ReferencePrompt;

  it('gives in slices what it gives as a whole', async () => {
    const sliced = await reference.load(slice);
    const passes = [whole, sliced].map((model) => forwardPass(model, ids, new Gate()));
    const [expected, found] = await Promise.all(passes);
    for (const [layer, saved] of [...(expected?.saved ?? []), { last: expected?.last } as Tensors].entries()) {
      const others = found?.saved[layer] ?? ({ last: found?.last } as Tensors);
      for (const name of Object.keys(saved)) {
        const values = floatsOf(saved, name);
        assertClose(floatsOf(others, name), values, scaledTolerance(values, identity), `${name} of block ${layer}`);
      }
    }
    for (const method of ['FROZEN', 'GRADIENT', 'ATTN_LRP', 'INTEGRATED_GRADIENTS']) {
      for (const { position, token, against } of targets) {
        const ask = (model: LoadedModel) =>
          attribute(model, { inputIds: ids, target: { position, token, against }, method, selection }, new Gate());
        assertSame(await ask(sliced), await ask(whole), `${method} at ${position}`);
      }
    }
    await sliced.release();
  });
});

function assertSame(found: AttributionResult, expected: AttributionResult, what: string): void {
  const scale = Math.max(...Array.from(expected.tokens, Math.abs));
  const [all, others] = [numbersIn(expected), numbersIn(found)];
  assertClose(others, all, identity * Math.max(1, scale), what);
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
