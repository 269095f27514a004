/** Faithfulness of token scores on every reference checkpoint, and what it must obey by itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { attributionMethods } from '../src/explain/attribution/methods/registry.ts';
import { faithfulnessOf } from '../src/explain/attribution/studies/faithfulness.ts';
import { byScore, latestFirst, shuffled } from '../src/explain/attribution/studies/orders.ts';
import { Gate } from '../src/inference/gate.ts';
import { describeReferences, type ReferencePrompt, type ReferenceTarget } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

/** Of 1, the largest probability: the references come from float64 runs. */
const parity = 1e-4;
/** Probabilities that must come out the same by two ways. */
const identity = 1e-5;
/** Scores nearer to each other may stand in another order in float32. */
const ambiguous = 1e-5;

await describeReferences((reference, model) => {
  const forEachTarget = async (
    check: (prompt: ReferencePrompt, target: ReferenceTarget, index: number) => Promise<unknown>,
  ) => {
    for (const prompt of reference.prompts) {
      for (const [index, target] of prompt.targets.entries()) await check(prompt, target, index);
    }
  };
  const question = (prompt: ReferencePrompt, { position, token, against }: ReferenceTarget) => ({
    inputIds: prompt.ids,
    target: { position, token, against },
    method: 'FROZEN' as const,
  });
  const ascending = (n: number) => latestFirst(n).reverse();

  it('finds the drops of probability that the reference finds', async (t) => {
    let [compared, skipped] = [0, 0];
    await forEachTarget(async (prompt, target, index) => {
      const n = target.position + 1;
      const scores = reference.tensor(prompt, 'frozen_tokens', index);
      const orders = [byScore(scores, n), latestFirst(n), ascending(n)];
      const found = await faithfulnessOf(model, question(prompt, target), orders, new Gate());
      for (const curve of ['comprehensiveness', 'sufficiency'] as const) {
        const expected = reference.tensor(prompt, `faithfulness_${curve}`, index);
        for (const [row, result] of found.entries()) {
          if (row === 0 && !distinct(scores.subarray(0, n))) {
            skipped++;
            continue;
          }
          const drops = expected.subarray(row * 5, row * 5 + 5);
          assertClose(result[curve].drops, drops, parity, `${curve} of order ${row}`);
          compared++;
        }
      }
    });
    t.diagnostic(`${compared} curves compared, ${skipped} left out for the order of their scores`);
    assert.ok(compared > skipped);
  });

  it('agrees with OCCLUSION as far as the reference does', async (t) => {
    let [compared, skipped] = [0, 0];
    await forEachTarget(async (prompt, target, index) => {
      const expected = reference.tensor(prompt, 'spearman', index);
      const n = target.position + 1;
      const scores = ['frozen_tokens', 'occlusion_tokens'].map((key) => reference.tensor(prompt, key, index));
      if (!scores.every((values) => distinct(values.subarray(0, n)))) {
        skipped++;
        return;
      }
      const request = { ...question(prompt, target), selection: { agreement: 1 } };
      const { agreement } = (await attribute(model, request, new Gate())).grains;
      // The reference has 0 where there is no order.
      if (n === 1) assert.equal(agreement, null);
      else assertClose([agreement ?? Number.NaN], expected, parity, "Spearman's ρ");
      compared++;
    });
    t.diagnostic(`${compared} compared, ${skipped} left out for the order of their scores`);
    assert.ok(compared > skipped);
  });

  it('takes single tokens out as OCCLUSION does, in a batch as by themselves', async () => {
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const asked = question(prompt, prompt.targets[0] as ReferenceTarget);
    const n = asked.target.position + 1;
    const request = {
      ...asked,
      target: { ...asked.target, against: null, kind: 'PROBABILITY' as const },
      method: 'OCCLUSION' as const,
      options: { baseline: null },
      selection: {},
    };
    const { tokens } = await attribute(model, request, new Gate());
    const orders = ascending(n).map((first) => [first, ...ascending(n).filter((other) => other !== first)]);
    const together = await faithfulnessOf(model, asked, orders, new Gate());
    for (const [position, order] of orders.entries()) {
      const [alone] = await faithfulnessOf(model, asked, [order], new Gate());
      for (const curve of ['comprehensiveness', 'sufficiency'] as const) {
        assertClose(together[position]?.[curve].drops ?? [], alone?.[curve].drops ?? [], identity, curve);
      }
      // The smallest fraction is one token here.
      const first = alone?.comprehensiveness.drops[0] as number;
      assertClose([first], [tokens[position] as number], identity, `drop without position ${position}`);
    }
  });

  it('loses nothing by what is its own baseline, nor by keeping all there is', async () => {
    const { ids } = reference.prompts.at(-1) as ReferencePrompt;
    const own = ids[1] as number;
    const same = {
      inputIds: [own, own, own],
      target: { position: 2, token: ids[0] as number, against: null },
      method: 'FROZEN' as const,
      options: { baseline: own },
    };
    const orders = [latestFirst(3)];
    for (const { drops } of curvesOf(await faithfulnessOf(model, same, orders, new Gate()))) {
      assertClose(drops, Array(5).fill(0), identity, 'drops with the tokens as baseline');
    }
    const single = { ...same, target: { ...same.target, position: 0 }, options: {} };
    const [found] = await faithfulnessOf(model, single, [[0]], new Gate());
    assert.deepEqual(found?.sufficiency.drops, [0, 0, 0, 0, 0]);
  });

  it('is told of every method, from its token scores alone', async () => {
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const asked = question(prompt, prompt.targets[0] as ReferenceTarget);
    const n = asked.target.position + 1;
    for (const method of attributionMethods) {
      const options = method === 'INTEGRATED_GRADIENTS' ? { steps: 2, baseline: null } : undefined;
      const request = { ...asked, method, options, selection: { faithfulness: 1, agreement: 1 } };
      const { tokens, grains } = await attribute(model, request, new Gate());
      const { faithfulness, agreement } = grains;
      const [own, recency] = await faithfulnessOf(model, asked, [byScore(tokens, n), latestFirst(n)], new Gate());
      assert.ok(faithfulness && own && recency, method);
      const pairs = [
        [faithfulness, own],
        [faithfulness.recency, recency],
      ] as const;
      for (const [actual, expected] of pairs) {
        for (const curve of ['comprehensiveness', 'sufficiency'] as const) {
          assertClose(actual[curve].drops, expected[curve].drops, identity, `${method}: ${curve}`);
          const mean = expected[curve].drops.reduce((sum, drop) => sum + drop / 5, 0);
          assertClose([actual[curve].area], [mean], identity, `${method}: area`);
        }
      }
      assert.deepEqual(
        faithfulness.counts,
        [0.01, 0.05, 0.1, 0.2, 0.5].map((fraction) => Math.max(1, Math.ceil(fraction * n))),
      );
      if (method === 'OCCLUSION') assertClose([agreement ?? Number.NaN], [1], identity, 'agreement with itself');
      else assert.ok(agreement === null || Math.abs(agreement as number) <= 1 + identity, method);
    }
  });
});

describe('orders of tokens', () => {
  it('are by descending score, of equal ones the earlier first; or from the latest', () => {
    assert.deepEqual(byScore(Float32Array.of(1, 3, -2, 3, 9), 4), [1, 3, 0, 2]);
    assert.deepEqual(latestFirst(3), [2, 1, 0]);
  });

  it('are at random the same each time, and others for another seed', () => {
    const some = [0, 1, 2].map((seed) => shuffled(50, seed));
    for (const [seed, order] of some.entries()) {
      assert.deepEqual(shuffled(50, seed), order);
      assert.deepEqual(
        order.toSorted((a, b) => a - b),
        latestFirst(50).reverse(),
      );
    }
    assert.equal(new Set(some.map(String)).size, 3);
  });
});

function curvesOf(found: Awaited<ReturnType<typeof faithfulnessOf>>) {
  return found.flatMap(({ comprehensiveness, sufficiency }) => [comprehensiveness, sufficiency]);
}

/** Whether the order of the scores is the same to float32 rounding. */
function distinct(scores: Float32Array): boolean {
  const sorted = scores.toSorted();
  const least = ambiguous * scaledTolerance(scores, 1);
  return sorted.every((score, index) => index === 0 || score - (sorted[index - 1] as number) > least);
}
