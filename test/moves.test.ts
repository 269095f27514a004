/** What is read off the moves of attention: all of it together against each part by itself, and edges against the tensor. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attributeAll } from '../src/explain/attribution/attribute.ts';
import { moveAxes, movePaths, movesGrain } from '../src/explain/attribution/grains/moves-grain.ts';
import type { AttributionSelection } from '../src/explain/attribution/result.ts';
import { Gate } from '../src/inference/gate.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

/** Of the largest value involved, for figures that must come out the same by two ways. */
const identity = 1e-5;
const marginals = [moveAxes, ['HEAD'], ['LAYER', 'TO'], ['TO', 'FROM'], []] as const;
const everything: AttributionSelection = {
  'edges.TOTAL': 7,
  'edges.DIRECT': 5,
  ...Object.fromEntries(movePaths.flatMap((path) => marginals.map((axes) => [movesGrain(path, axes), 1]))),
};

await describeReferences((reference, model) => {
  /** Of each target of a prompt; they share the way up. */
  const grainsOf = async ({ ids, targets }: ReferencePrompt, selection: AttributionSelection) => {
    const request = { inputIds: ids, targets, method: 'FROZEN', selection } as const;
    return (await attributeAll(model, request, new Gate())).map(({ grains }) => grains);
  };

  it('reads the same of moves, whatever else is read off them', async () => {
    for (const prompt of reference.prompts) {
      const together = await grainsOf(prompt, everything);
      assert.equal(together.length, prompt.targets.length);
      for (const grains of together) assert.deepEqual(Object.keys(grains).sort(), Object.keys(everything).sort());
      for (const path of movePaths) {
        for (const axes of marginals) {
          const grain = movesGrain(path, axes);
          for (const [index, grains] of (await grainsOf(prompt, { [grain]: 1 })).entries()) {
            const [found, alone] = [together[index]?.[grain], grains[grain]];
            assert.ok(found && alone);
            assert.deepEqual(found.shape, alone.shape, grain);
            assertClose(found.values, alone.values, scaledTolerance(alone.values, identity), grain);
          }
        }
        const key = `edges.${path}` as const;
        for (const [index, grains] of (await grainsOf(prompt, { [key]: everything[key] })).entries()) {
          const scores = grains[key]?.map(({ score }) => Math.abs(score)) ?? [];
          const found = together[index]?.[key]?.map(({ score }) => Math.abs(score)) ?? [];
          assert.ok(scores.length > 0);
          assertClose(found, scores, scaledTolerance(scores, identity), key);
        }
      }
    }
  });

  it('tells of chosen heads alone what it tells of them among all', async () => {
    const { layerCount, headCount } = model.specification;
    const layers = [...new Set([0, layerCount - 1])];
    const heads = [headCount - 1];
    for (const prompt of reference.prompts) {
      const length = prompt.ids.length;
      for (const path of movePaths) {
        const whole = movesGrain(path, moveAxes);
        const chosen = movesGrain(path, moveAxes, { layers, heads });
        const map = movesGrain(path, ['TO', 'FROM'], { layers, heads });
        const maps = await grainsOf(prompt, { [map]: 1 });
        for (const [index, grains] of (await grainsOf(prompt, { [whole]: 1, [chosen]: 1, [map]: 1 })).entries()) {
          const all = grains[whole]?.values ?? new Float32Array();
          const expected = layers.map((layer) => {
            const start = (layer * headCount + headCount - 1) * length ** 2;
            return Array.from(all.subarray(start, start + length ** 2));
          });
          assert.deepEqual(grains[chosen]?.shape, [layers.length, 1, length, length]);
          assert.deepEqual(Array.from(grains[chosen].values), expected.flat(), chosen);
          const sums =
            expected[0]?.map((_, cell) => expected.reduce((sum, block) => sum + (block[cell] ?? 0), 0)) ?? [];
          assert.deepEqual(grains[map]?.shape, [length, length]);
          assertClose(grains[map].values, sums, scaledTolerance(sums, identity), map);
          assertClose(maps[index]?.[map]?.values ?? [], sums, scaledTolerance(sums, identity), map);
        }
      }
    }
  });

  it('names of either path the strongest entries of its tensor', async () => {
    const { headCount } = model.specification;
    for (const prompt of reference.prompts) {
      const length = prompt.ids.length;
      for (const grains of await grainsOf(prompt, everything)) {
        for (const path of movePaths) {
          const { values } = grains[movesGrain(path, moveAxes)] ?? { values: new Float32Array() };
          const edges = grains[`edges.${path}`] ?? [];
          const tolerance = scaledTolerance(values, identity);
          const strongest = Array.from(values, Math.abs).sort((a, b) => b - a);
          const scores = edges.map(({ score }) => score);
          assertClose(scores.map(Math.abs), strongest.slice(0, edges.length), tolerance, `magnitudes, ${path}`);
          const entries = edges.map(
            ({ layer, head, to, from }) =>
              values[((layer * headCount + head) * length + to) * length + from] ?? Number.NaN,
          );
          assertClose(scores, entries, tolerance, `entries, ${path}`);
          assert.ok(edges.length > 0);
        }
      }
    }
  });
});
