/** What is inside of a forward pass, on every reference checkpoint, against hooks on the modules of transformers. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { activations } from '../src/explain/activations/activations.ts';
import type { ActivationsRequest, LayerActivations } from '../src/explain/activations/result.ts';
import { shapeOf } from '../src/explain/activations/shapes.ts';
import { Gate } from '../src/inference/gate.ts';
import { type HookName, hookNames, hooks, maskedScore } from '../src/onnx/hooks.ts';
import {
  describeReferences,
  hookPositions,
  hookTokens,
  largeVocabulary,
  type ReferencePrompt,
  referenceNames,
} from './reference/reference.ts';
import { assertClose } from './support/close.ts';

/** Of the largest value. */
const parity = 1e-4;

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

await describeReferences(
  (reference, model) => {
    const { layerCount, headCount, blocks } = model.specification;
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const everything: ActivationsRequest = {
      inputIds: prompt.ids,
      layers: [...blocks.keys()],
      heads: null,
      positions: hookPositions,
      names: hookNames,
    };
    const ask = (more: Partial<ActivationsRequest> = {}) =>
      activations(model, { ...everything, ...more }, new Gate()).then(({ layers }) => layers);
    const valuesOf = (layers: readonly LayerActivations[], name: HookName) =>
      layers.flatMap(({ tensors }) => Array.from(tensors[name]?.values ?? []));

    it('is what hooks on transformers see: every quantity of every block, and none that it has not', async () => {
      const found = await ask();
      assert.deepEqual(
        found.map(({ layer }) => layer),
        everything.layers,
      );
      for (const name of hookNames) {
        const expected = reference.hook(name);
        const block = blocks[0] as (typeof blocks)[number];
        // Where nothing is rotated or normed they are queries and keys, and are not told again.
        const same = name.startsWith('rotated') && !block.attention.rotary && !block.attention.queryNorm;
        if (expected === undefined || same) {
          assert.ok(
            found.every(({ tensors }) => !(name in tensors)),
            name,
          );
          continue;
        }
        const values = valuesOf(found, name);
        const looked = Array.from(expected, (value) => (value > maskedScore / 2 ? value : 0));
        const shown = values.map((value) => (value > maskedScore / 2 ? value : 0));
        assertClose(shown, looked, parity * largest(looked), name);
        assert.deepEqual(
          values.map((value) => value === maskedScore),
          Array.from(expected, (value) => value < maskedScore / 2),
          `${name}: where nothing is looked at`,
        );
      }
    });

    it("tells the final norm's scale and the logits as transformers has them, whichever blocks are chosen", async () => {
      const { vocabularySize, unembedding } = model.specification;
      const end = { after: layerCount - 1, scale: true, logits: true };
      const positions = [...prompt.ids.keys()];
      const found = await activations(model, { ...everything, layers: [0], names: ['z'], positions, end }, new Gate());
      assert.deepEqual(
        found.layers.map(({ layer, tensors }) => [layer, Object.keys(tensors)]),
        [[0, ['z']]],
      );
      const scale = reference.hook('finalNormScale');
      assert.equal(found.end?.scale === undefined, scale === undefined);
      assert.equal(scale === undefined, unembedding.norm === undefined);
      const own = (values: ArrayLike<number> = []) => hookPositions.map((position) => values[position] ?? Number.NaN);
      if (scale) assertClose(own(found.end?.scale?.values), scale, parity * largest([...scale]), 'scale');
      assert.deepEqual(found.end?.logits?.shape, [positions.length, vocabularySize]);
      const logits = found.end?.logits?.values ?? new Float32Array();
      if (reference.name === largeVocabulary) {
        const expected = reference.hook('lens_token_logits')?.slice(-2 * hookTokens(1).length) ?? [];
        const told = hookPositions.flatMap((position) =>
          hookTokens(vocabularySize).map((token) => logits[position * vocabularySize + token] ?? Number.NaN),
        );
        assertClose(told, expected, parity * largest([...expected]), 'logits of tokens');
      } else {
        const expected = reference.tensor(prompt, 'logits');
        assertClose(logits, expected, parity * largest([...expected]), 'logits');
      }
      const alone = await activations(
        model,
        { ...everything, names: ['residualAfter'], end: { ...end, scale: false } },
        new Gate(),
      );
      assert.deepEqual(Object.keys(alone.end ?? {}), ['logits']);
      assert.equal(alone.layers.length, layerCount);
    });

    it('has the shapes that are said before it is run', async () => {
      const request = { ...everything, heads: [headCount - 1], positions: [0, 3, 9] };
      for (const { layer, tensors } of await ask(request))
        for (const name of hookNames) {
          const neurons = tensors.mlpPost?.shape[1] ?? 0;
          const shape = shapeOf(name, model.specification, layer, neurons, request);
          assert.deepEqual(tensors[name]?.shape, shape, name);
          if (shape)
            assert.equal(
              tensors[name]?.values.length,
              shape.reduce((product, size) => product * size, 1),
            );
        }
    });

    it('gives chosen heads and positions of chosen blocks as they are among all', async () => {
      const all = await ask({ positions: [...prompt.ids.keys()] });
      const chosen = { layers: [layerCount - 1], heads: [...new Set([1, headCount - 1])], positions: [2, 11, 17] };
      const [layer] = await ask(chosen);
      assert.deepEqual(layer?.layer, layerCount - 1);
      for (const name of hookNames) {
        const whole = all[layerCount - 1]?.tensors[name];
        if (whole) assertClose(layer?.tensors[name]?.values ?? [], taken(name, whole, chosen), 1e-5, name);
        else assert.equal(layer?.tensors[name], undefined);
      }
    });

    /** Row-major. */
    function taken(
      name: HookName,
      { shape, values }: { readonly shape: readonly number[]; readonly values: Float32Array },
      { heads, positions }: Pick<typeof everything, 'positions'> & { readonly heads: readonly number[] },
    ): number[] {
      const { axes } = hooks[name];
      const perHead = axes === 'HEADS' || axes === 'PAIRS' || axes === 'KEY_VALUE_HEADS';
      const group = axes === 'KEY_VALUE_HEADS' ? headCount / (shape[0] ?? 1) : 1;
      const outer = perHead ? [...new Set(heads.map((head) => Math.floor(head / group)))] : [0];
      const length = prompt.ids.length;
      const size = values.length / (perHead ? (shape[0] ?? 1) : 1) / length;
      return outer.flatMap((head) =>
        positions.flatMap((position) => {
          const start = (head * length + position) * size;
          return Array.from(values.subarray(start, start + size));
        }),
      );
    }

    it('is the same where the prompt goes through in slices', async () => {
      const whole = await ask();
      const before = model.longestSlice;
      model.longestSlice = 5;
      try {
        const sliced = await ask();
        for (const name of hookNames)
          assertClose(
            valuesOf(sliced, name),
            valuesOf(whole, name),
            1e-5 * largest(valuesOf(whole, name).filter((value) => value > maskedScore)),
            name,
          );
      } finally {
        model.longestSlice = before;
      }
    });

    it('runs no block after the last that is chosen, no position after the last, and not the MLP where only attention is told', async () => {
      const runs: { graph: string; bytes: number }[] = [];
      const watched = new Proxy(model, {
        get(target, property) {
          const member = Reflect.get(target, property) as unknown;
          if (typeof member !== 'function') return member;
          const method = member.bind(target) as (...args: unknown[]) => unknown;
          if (property === 'using')
            return (
              write: (files: object) => { outputs: string[]; weights: { length: number }[] },
              ...rest: unknown[]
            ) =>
              method(
                (files: object) => {
                  const graph = write(files);
                  const bytes = graph.weights.reduce((sum, { length }) => sum + length, 0);
                  runs.push({ graph: graph.outputs.join(), bytes });
                  return graph;
                },
                ...rest,
              );
          if (property !== 'run' && property !== 'runBlock') return method;
          return (...args: unknown[]) => {
            runs.push({ graph: String(args[0]), bytes: 0 });
            return method(...args);
          };
        },
      });
      const graphs = async (more: Partial<ActivationsRequest>) => {
        runs.length = 0;
        await activations(watched, { ...everything, ...more }, new Gate());
        return runs.map(({ graph }) => graph);
      };
      /** Bytes of them that the graphs of blocks have. */
      const weights = () => runs.reduce((sum, { bytes }) => sum + bytes, 0);
      assert.deepEqual(await graphs({ layers: [0], names: ['residualBefore'] }), ['embedding']);
      assert.deepEqual(await graphs({ layers: [1], names: ['residualBefore'] }), ['embedding', 'forward']);
      assert.deepEqual(await graphs({ layers: [0], names: ['residualAfter'] }), ['embedding', 'forward']);
      assert.deepEqual(await graphs({ layers: [0], names: ['pattern'] }), ['embedding', 'pattern']);
      const ofPattern = weights();
      assert.deepEqual(await graphs({ layers: [0], names: ['pattern', 'z'] }), ['embedding', 'pattern,z']);
      assert.ok(weights() > ofPattern, 'a pattern needs no values');
      const ofAttention = weights();
      assert.deepEqual(await graphs({ layers: [0, 1], names: ['z'] }), ['embedding', 'z,post', 'z']);
      assert.ok(weights() > 2 * ofAttention - 1, 'what later blocks need is there');
    });

    it('ends when it is cancelled', async () => {
      const gate = new Gate();
      gate.cancel();
      await assert.rejects(activations(model, everything, gate), { code: 'CANCELLED' });
    });
  },
  [...referenceNames, largeVocabulary],
);
