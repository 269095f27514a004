/**
 * Targets of every kind, and several of them at once: log-probabilities and probabilities against autograd over
 * transformers, several targets against each by itself.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attribute, attributeAll } from '../src/explain/attribution/attribute.ts';
import { keptTokens } from '../src/explain/attribution/batch.ts';
import { moveAxes, movesGrain } from '../src/explain/attribution/grains/moves-grain.ts';
import { type AttributionMethod, attributionMethods } from '../src/explain/attribution/methods/registry.ts';
import type { AttributionResult, MethodOptions } from '../src/explain/attribution/result.ts';
import { circulate } from '../src/explain/circulation/circulate.ts';
import { Gate } from '../src/inference/gate.ts';
import type { TargetRequest } from '../src/inference/target.ts';
import {
  describeReferences,
  largeVocabulary,
  type ReferencePrompt,
  type ReferenceTarget,
  referenceNames,
} from './reference/reference.ts';
import { assertClose, scaledTolerance, sum } from './support/close.ts';

const parity = 1e-4;
/** Of the largest value involved, for figures that must come out the same by two ways. */
const identity = 1e-5;
const kinds = ['LOG_PROBABILITY', 'PROBABILITY'] as const;
const options: Partial<Record<AttributionMethod, MethodOptions>> = {
  INTEGRATED_GRADIENTS: { steps: 32, baseline: null },
  OCCLUSION: { baseline: null },
};

await describeReferences(
  (reference, model) => {
    const attributed = (
      prompt: ReferencePrompt,
      { position, token, against }: ReferenceTarget,
      kind: TargetRequest['kind'],
      method: AttributionMethod = 'FROZEN',
    ): Promise<AttributionResult> => {
      const target = { position, token, against, kind };
      return attribute(
        model,
        { inputIds: prompt.ids, target, method, options: options[method], selection: { layers: 1 } },
        new Gate(),
      );
    };

    for (const kind of kinds) {
      const key = kind.toLowerCase();
      it(`linearises ${kind} at the run as autograd does, and says what that leaves`, async () => {
        for (const prompt of reference.prompts) {
          for (const [index, target] of prompt.targets.entries()) {
            const { tokens, bias, intercept, audit, grains } = await attributed(prompt, target, kind);
            const expected = (part: string) => reference.tensor(prompt, `${key}_${part}`, index);
            const scores = expected('tokens');
            const [value, left] = [expected('value'), expected('intercept')];
            // However unlikely the token: of what the figures themselves amount to.
            const tolerance = parity * Math.max(...[...value, ...left, ...scores, ...expected('bias')].map(Math.abs));
            assertClose(tokens, scores, tolerance, 'tokens');
            assertClose([bias], expected('bias'), tolerance, 'bias');
            assertClose([audit.logit], value, tolerance, 'value');
            assertClose([intercept ?? Number.NaN], left, tolerance, 'intercept');
            assert.ok(audit.passed, `relative gap ${audit.relativeGap}`);
            const { layers = [] } = grains;
            const above = bias - sum(layers.map((layer) => layer.bias));
            const whole = audit.logit - (intercept ?? 0);
            const identical = scaledTolerance([whole, ...layers.map(({ residual }) => residual)], parity);
            for (const [layer, { residual }] of layers.entries()) {
              const biases = above + sum(layers.slice(layer).map((block) => block.bias));
              assertClose([residual + biases], [whole], identical, `seen from before block ${layer}`);
            }
          }
        }
      });
    }

    it('follows other methods to a (log-)probability as autograd does', async () => {
      const figures = [
        ['gradient_log_probability_tokens', 'LOG_PROBABILITY', 'GRADIENT'],
        ['gradient_probability_tokens', 'PROBABILITY', 'GRADIENT'],
        ['attn_lrp_log_probability_tokens', 'LOG_PROBABILITY', 'ATTN_LRP'],
        ['integrated_gradients_probability_tokens', 'PROBABILITY', 'INTEGRATED_GRADIENTS'],
        ['occlusion_log_probability_tokens', 'LOG_PROBABILITY', 'OCCLUSION'],
      ] as const;
      for (const prompt of reference.prompts) {
        for (const [index, target] of prompt.targets.entries()) {
          for (const [key, kind, method] of figures) {
            const { tokens } = await attributed(prompt, target, kind, method);
            const expected = reference.tensor(prompt, key, index);
            assertClose(tokens, expected, scaledTolerance(expected, parity), key);
          }
        }
      }
    });

    it('circulates forward what it attributes in reverse, for every kind', async () => {
      const prompt = reference.prompts.at(-1) as ReferencePrompt;
      for (const target of prompt.targets) {
        for (const kind of kinds) {
          const { position, token, against } = target;
          const { tokens } = await attributed(prompt, target, kind);
          const request = {
            inputIds: prompt.ids,
            track: [...prompt.ids.keys()],
            target: { position, token, against, kind },
            layers: model.specification.layerCount,
            top: 1,
          };
          let scores: number[] = [];
          await circulate(model, request, new Gate(), (step) => {
            if (step.type !== 'COMPLETED') return;
            scores = step.tracked.map(({ score }) => score);
            assert.ok(step.audit.passed, `relative gap ${step.audit.relativeGap}`);
          });
          assertClose(scores, tokens, scaledTolerance(tokens, parity), kind);
        }
      }
    });

    it('gives several targets at once what it gives each by itself: by every method, in every grain', async () => {
      const prompt = reference.prompts.at(-1) as ReferencePrompt;
      // The first one is not the latest: none may go by another's position.
      const targets: TargetRequest[] = [
        { position: 1, token: null, against: null, kind: 'PROBABILITY' },
        ...prompt.targets.map(({ position, token, against }) => ({ position, token, against })),
      ];
      const grains = { layers: 1, residuals: 1, neurons: 3, 'edges.DIRECT': 5, [movesGrain('TOTAL', moveAxes)]: 1 };
      for (const method of attributionMethods) {
        const selection = ['FROZEN', 'GRADIENT', 'ATTN_LRP'].includes(method) ? grains : {};
        const input = { inputIds: prompt.ids, method, options: options[method], selection };
        const together = await attributeAll(model, { ...input, targets }, new Gate());
        assert.equal(together.length, targets.length);
        for (const [index, target] of targets.entries()) {
          const alone = await attribute(model, { ...input, target }, new Gate());
          // Sums are as exact as what they are sums of.
          const size = alone.tokens.reduce((total, score) => total + Math.abs(score), 1);
          assertSame(together[index], alone, `${method}, target ${index}`, size);
        }
      }
    });

    it('gives more targets than one pass back takes what it gives each by itself', async () => {
      const prompt = reference.prompts.at(-1) as ReferencePrompt;
      const position = prompt.ids.length - 1;
      const many = Math.floor(keptTokens / prompt.ids.length) + 2;
      const targets = Array.from({ length: many }, (_, token) => ({ position, token, against: null }));
      const input = { inputIds: prompt.ids, method: 'FROZEN' as const, selection: { residuals: 1 } };
      const together = await attributeAll(model, { ...input, targets }, new Gate());
      for (const index of [0, many - 2, many - 1]) {
        const alone = await attribute(model, { ...input, target: targets[index] as TargetRequest }, new Gate());
        assertSame(together[index], alone, `target ${index} of ${many}`);
      }
    });

    it('sums the exact tensor of all moves to the same marginals, whichever axes are kept', async () => {
      const { layerCount, headCount } = model.specification;
      for (const prompt of reference.prompts) {
        const length = prompt.ids.length;
        const sizes = { LAYER: layerCount, HEAD: headCount, TO: length, FROM: length };
        for (const [index, { position, token, against }] of prompt.targets.entries()) {
          for (const path of ['TOTAL', 'DIRECT'] as const) {
            const kept = Array.from({ length: 16 }, (_, bits) => moveAxes.filter((_axis, axis) => bits & (1 << axis)));
            const selection = {
              layers: 1,
              'edges.DIRECT': 1000,
              ...Object.fromEntries(kept.map((axes) => [movesGrain(path, axes), 1])),
            };
            const target = { position, token, against };
            const input = { inputIds: prompt.ids, target, method: 'FROZEN' as const, selection };
            const { grains } = await attribute(model, input, new Gate());
            const whole = grains[movesGrain(path, moveAxes)];
            assert.ok(whole);
            const tolerance = scaledTolerance(whole.values, identity) * Math.max(1, Math.sqrt(whole.values.length));
            for (const axes of kept) {
              const marginal = grains[movesGrain(path, axes)];
              assert.deepEqual(
                marginal?.shape,
                axes.map((axis) => sizes[axis]),
              );
              assertClose(marginal.values, summed(whole.values, Object.values(sizes), axes), tolerance, axes.join());
            }
            const heads = (grains.layers ?? []).flatMap((layer) =>
              layer.heads.map((head) => (path === 'TOTAL' ? head.total : head.direct)),
            );
            const perHead = grains[movesGrain(path, ['LAYER', 'HEAD'])]?.values ?? [];
            assertClose(perHead, heads, scaledTolerance(heads, parity), 'heads');
            const key = path === 'TOTAL' ? 'frozen_sources' : 'direct_sources';
            const expected = reference.find(prompt, key, index);
            if (path === 'DIRECT') {
              assert.ok(expected);
              const axes = ['LAYER', 'HEAD', 'FROM'] as const;
              const direct = grains[movesGrain(path, axes)]?.values ?? [];
              assertClose(direct, expected, scaledTolerance(expected, parity), key);
              const edges = grains['edges.DIRECT'] ?? [];
              assert.ok(edges.every(({ to }) => to === position));
              if (edges.length < 1000) {
                assertClose([sum(edges.map(({ score }) => score))], [sum(expected)], tolerance, 'all direct edges');
              }
            } else if (expected) assertClose(whole.values, expected, scaledTolerance(expected, parity), key);
          }
        }
      }
    });

    it('has what the residual stream carries at every position and depth', async () => {
      for (const prompt of reference.prompts) {
        for (const [index, { position, token, against }] of prompt.targets.entries()) {
          const target = { position, token, against };
          const input = { inputIds: prompt.ids, target, method: 'FROZEN' as const, selection: { residuals: 1 } };
          const { grains, tokens } = await attribute(model, input, new Gate());
          const expected = reference.tensor(prompt, 'frozen_stream', index);
          assert.deepEqual(grains.residuals?.shape, [model.specification.layerCount + 1, prompt.ids.length]);
          assertClose(grains.residuals.values, expected, scaledTolerance(expected, parity), 'stream');
          assertClose(
            grains.residuals.values.subarray(0, prompt.ids.length),
            tokens,
            scaledTolerance(tokens, identity),
            'its first row are the tokens',
          );
        }
      }
    });
  },
  [...referenceNames, largeVocabulary],
);

/** Sums row-major values over the axes that are not kept. */
function summed(values: Float32Array, shape: readonly number[], axes: readonly (typeof moveAxes)[number][]): number[] {
  const kept = moveAxes.map((axis) => axes.includes(axis));
  const sums = Array<number>(shape.reduce((size, n, axis) => (kept[axis] ? size * n : size), 1)).fill(0);
  for (const [index, value] of values.entries()) {
    let [rest, place, stride] = [index, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      if (kept[axis]) {
        place += (rest % size) * stride;
        stride *= size;
      }
      rest = Math.floor(rest / size);
    }
    (sums[place] as number) += value;
  }
  return sums;
}

/** Equal in structure, and in numbers to rounding. */
/** @param size of the numbers that a number may be a sum of */
function assertSame(actual: unknown, expected: unknown, what: string, size = 1): void {
  if (typeof expected === 'number') {
    assertClose([actual as number], [expected], scaledTolerance([expected, size], identity), what);
  } else if (expected instanceof Float32Array) {
    assertClose(actual as Float32Array, expected, scaledTolerance(expected, identity), what);
  } else if (typeof expected === 'object' && expected !== null) {
    assert.deepEqual(Object.keys(actual as object), Object.keys(expected), what);
    for (const [key, value] of Object.entries(expected)) {
      assertSame((actual as Record<string, unknown>)[key], value, `${what}, ${key}`, size);
    }
  } else assert.equal(actual, expected, what);
}
