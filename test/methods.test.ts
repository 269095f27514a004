/** The attribution methods beside the frozen map, on every reference checkpoint, and what each must obey by itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { batches } from '../src/explain/attribution/batch.ts';
import type { LayerResult } from '../src/explain/attribution/grains/layer-result.ts';
import { sourcesGrain } from '../src/explain/attribution/grains/moves-grain.ts';
import type { AttributionMethod } from '../src/explain/attribution/methods/registry.ts';
import type { AttributionResult, AttributionSelection, MethodOptions } from '../src/explain/attribution/result.ts';
import { embed, inputsOf, passFrom } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import { reversePass } from '../src/inference/reverse-pass.ts';
import { readRows } from '../src/inference/target.ts';
import { floatsOf, stacked } from '../src/inference/tensor.ts';
import { describeReferences, type ReferencePrompt, type ReferenceTarget } from './reference/reference.ts';
import { assertClose, scaledTolerance, sum } from './support/close.ts';

/** Of the largest value of a tensor, and never less than of 1: the references come from float64 runs. */
const parity = 1e-4;
/** Of the largest value involved, for sums that must come out the same by two ways. */
const identity = 1e-4;

/** What the reference calls a method's scores, and what it says that they leave to no token. */
const referenceOf: Partial<Record<AttributionMethod, { key: string; rest: (target: ReferenceTarget) => number }>> = {
  GRADIENT: { key: 'gradient_tokens', rest: ({ gradientBias }) => gradientBias },
  ATTN_LRP: { key: 'attn_lrp_tokens', rest: ({ attnLrpBias }) => attnLrpBias },
  INTEGRATED_GRADIENTS: { key: 'integrated_gradients_tokens', rest: ({ valueAtZero }) => valueAtZero },
  OCCLUSION: { key: 'occlusion_tokens', rest: () => 0 },
  ATTENTION_ROLLOUT: { key: 'rollout', rest: () => 0 },
};
const options: Partial<Record<AttributionMethod, MethodOptions>> = {
  INTEGRATED_GRADIENTS: { steps: 32, baseline: null },
  OCCLUSION: { baseline: null },
};
const everything: AttributionSelection = { layers: 1, [sourcesGrain]: 1, neurons: 4, 'edges.TOTAL': 8 };

await describeReferences((reference, model) => {
  const attributed = (
    prompt: ReferencePrompt,
    { position, token, against }: ReferenceTarget,
    method: AttributionMethod,
    given: MethodOptions | undefined = options[method],
    selection: AttributionSelection = {},
  ): Promise<AttributionResult> =>
    attribute(
      model,
      { inputIds: prompt.ids, target: { position, token, against }, method, options: given, selection },
      new Gate(),
    );
  const forEachTarget = async (check: (prompt: ReferencePrompt, target: ReferenceTarget, index: number) => unknown) => {
    for (const prompt of reference.prompts) {
      for (const [index, target] of prompt.targets.entries()) await check(prompt, target, index);
    }
  };

  for (const [method, { key, rest }] of Object.entries(referenceOf)) {
    it(`scores tokens and biases as the reference does: ${method}`, async () => {
      await forEachTarget(async (prompt, target, index) => {
        const { tokens, audit, bias, embedding } = await attributed(prompt, target, method as AttributionMethod);
        const expected = reference.tensor(prompt, key, index);
        assertClose(tokens, expected, scaledTolerance(expected, parity), 'tokens');
        // What is written straight to the target is a matter of the run alone.
        const direct = reference.tensor(prompt, 'direct_embedding', index);
        assertClose([embedding.direct], direct, scaledTolerance(direct, parity), 'direct embedding');
        const parts = [...expected, rest(target)];
        assertClose([bias], [rest(target)], scaledTolerance(parts, parity), 'bias');
        assertClose([audit.logit], [target.value], scaledTolerance([target.value], parity), 'attributed value');
        assertClose([audit.sum], [sum(parts)], scaledTolerance(parts, identity), 'sum');
        assertClose(
          [audit.gap],
          [target.value - sum(parts)],
          scaledTolerance([target.value, ...parts], identity),
          'gap',
        );
      });
    });
  }

  it('tells the finer grains of the reverse methods so that they sum, and the direct ones of the frozen map', async () => {
    await forEachTarget(async (prompt, target) => {
      const frozen = await attributed(prompt, target, 'FROZEN', undefined, everything);
      for (const method of ['GRADIENT', 'ATTN_LRP'] as const) {
        const { grains, embedding, tokens } = await attributed(prompt, target, method, undefined, everything);
        const { layers = [], [sourcesGrain]: all } = grains;
        const tolerance = scaledTolerance([...tokens, ...layers.map(({ residual }) => residual)], identity);
        assertClose([layers[0]?.residual as number], [sum(tokens)], tolerance, 'residual stream before block 0');
        assertClose([embedding.direct], [frozen.embedding.direct], tolerance, 'direct embedding');
        for (const [layer, { heads, attention, attentionBias, mlp }] of layers.entries()) {
          const size = tokens.length ** 2;
          for (const [head, { total }] of heads.entries()) {
            const start = (layer * heads.length + head) * size;
            const moves = all?.values.subarray(start, start + size) ?? [];
            assertClose([sum(moves)], [total], tolerance, 'Σ over sources');
          }
          // The true derivative of a norm after the attention makes it more than the sum of its heads.
          if (method === 'ATTN_LRP' || !model.specification.blocks[layer]?.attention.postNorm) {
            const total = sum(heads.map((head) => head.total)) + attentionBias.total;
            assertClose([total], [attention.total], tolerance, 'Σ heads + bias');
          }
          const same = frozen.grains.layers?.[layer] as LayerResult;
          assertClose([attention.direct], [same.attention.direct], tolerance, 'direct attention');
          assertClose([mlp?.direct ?? 0], [same.mlp?.direct ?? 0], tolerance, 'direct MLP');
        }
      }
    });
  });

  it('passes a batch of prompts back as it passes each by itself', async () => {
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const { position, token, against } = prompt.targets[0] as ReferenceTarget;
    const { x } = await embed(model, prompt.ids);
    const [, length = 0, width = 0] = x.dims;
    const rows = [1, 0.5, 0.25].map((factor) => floatsOf({ x }, 'x').map((value) => value * factor));
    const gradients = async (points: Float32Array[]) => {
      const keep = inputsOf(model, 'reverse.GRADIENT');
      const pass = await passFrom(model, stacked(points, length, width), new Gate(), keep);
      const { attributed: values, derivative } = await readRows(model, pass.last, { position, token, against });
      const start = points.map((_, row) => {
        const grad = derivative.subarray(row * width, (row + 1) * width);
        return [{ grad, direct: grad, position }];
      });
      let grad: Float32Array | undefined;
      for await (const { out } of reversePass(model, 'GRADIENT', pass, start, new Gate())) {
        grad = floatsOf(out, 'grad_before');
      }
      return { values, grad: Array.from(grad ?? []) };
    };
    const together = await gradients(rows);
    const apart = await Promise.all(rows.map((row) => gradients([row])));
    const values = apart.flatMap((one) => one.values);
    assertClose(together.values, values, scaledTolerance(values, identity), 'attributed values');
    const grads = apart.flatMap(({ grad }) => grad);
    assertClose(together.grad, grads, scaledTolerance(grads, identity), 'gradients');
  });

  it('leaves less of a gap the more steps it integrates over', async () => {
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const target = prompt.targets[0] as ReferenceTarget;
    const baseline = prompt.ids[1] as number;
    const gapOf = async (steps: number) => {
      const { audit, tokens } = await attributed(prompt, target, 'INTEGRATED_GRADIENTS', { steps, baseline });
      return { gap: Math.abs(audit.gap), rounding: scaledTolerance([audit.logit, ...tokens], identity) };
    };
    const [few, many] = [await gapOf(4), await gapOf(128)];
    assert.ok(many.gap < Math.max(few.gap, many.rounding), `${few.gap} with 4 steps, ${many.gap} with 128`);
  });

  it('finds nothing in a token that is its own baseline', async () => {
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const target = prompt.targets[0] as ReferenceTarget;
    const baseline = prompt.ids[1] as number;
    for (const method of ['OCCLUSION', 'INTEGRATED_GRADIENTS'] as const) {
      const { tokens } = await attributed(prompt, target, method, { steps: 2, baseline });
      for (const [position, id] of prompt.ids.entries()) {
        if (id === baseline) assertClose([tokens[position] as number], [0], parity, `${method} at ${position}`);
      }
    }
  });
});

describe('batches', () => {
  it('have every row once, in order, and never more tokens than allowed but for a single prompt', () => {
    assert.deepEqual([...batches(5, 100, 256)], [[0, 1], [2, 3], [4]]);
    assert.deepEqual([...batches(2, 1000, 256)], [[0], [1]]);
    assert.deepEqual([...batches(0, 7, 256)], []);
  });
});
