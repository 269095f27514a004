/**
 * The path expansion: every path of a two-layer attention-only model enumerated by hand in plain JavaScript, and the
 * derivatives of the frozen map by its components' outputs, by autograd, on every family.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { openModelFiles } from '../src/checkpoint/checkpoint.ts';
import { readTensor } from '../src/checkpoint/read-tensor.ts';
import { attribute } from '../src/explain/attribution/attribute.ts';
import type { AttributionResult, AttributionSelection, Component } from '../src/explain/attribution/result.ts';
import type { PathsResult } from '../src/explain/attribution/studies/paths.ts';
import { Gate } from '../src/inference/gate.ts';
import { LoadedModel } from '../src/inference/loaded-model.ts';
import {
  describeReferences,
  type ReferencePrompt,
  type ReferenceTarget,
  referenceFolder,
} from './reference/reference.ts';
import { assertClose, scaledTolerance, sum } from './support/close.ts';

const parity = 1e-4;
const most = 1000;

type Matrix = readonly (readonly number[])[];

describe('every path of a two-layer attention-only model', () => {
  const ids = [7, 100, 23, 7, 250];
  const [vocabulary, width, heads] = [288, 32, 4];
  const headWidth = width / heads;
  let model: LoadedModel;
  let weight: (name: string) => Promise<Matrix>;
  before(async () => {
    const { tensors: all, ...files } = await openModelFiles(referenceFolder('attention-only-bare'));
    const tensors = new Map([...all].filter(([name]) => !name.includes('h.2.')));
    model = new LoadedModel({ ...files, config: { ...files.config, n_layer: 2 }, tensors }, 1);
    weight = async (name) => {
      const entry = tensors.get(name) ?? tensors.get(`transformer.${name}`);
      assert.ok(entry, name);
      const values = await readTensor(entry);
      const columns = entry.shape.at(-1) ?? 1;
      return Array.from({ length: values.length / columns }, (_, row) =>
        Array.from(values.slice(row * columns, (row + 1) * columns)),
      );
    };
  });
  after(() => model.release());

  it('carries what the product of its matrices says, and all of them with the biases are the logit', async () => {
    const embedding = await weight('wte.weight');
    const unembedding = await weight('lm_head.weight');
    const x = ids.map((id) => embedding[id] as number[]);
    const token = 42;
    const blocks = await Promise.all([0, 1].map((layer) => attentionOf(`h.${layer}.attn`)));
    // The model's own pass, for its patterns and its logit.
    let stream: Matrix = x;
    const patterns: Matrix[][] = [];
    for (const { query, key, value, output, outputBias } of blocks) {
      const own = query.map((_, head) => patternOf(project(stream, query[head]), project(stream, key[head])));
      patterns.push(own);
      const written = own.map((pattern, head) =>
        times(times(pattern, project(stream, value[head])), output[head] as Matrix),
      );
      stream = stream.map((row, t) =>
        row.map((one, i) => one + sum(written.map((part) => part[t]?.[i] as number)) + (outputBias[i] as number)),
      );
    }
    const last = ids.length - 1;
    const direction = unembedding[token] as number[];
    const logit = dot(direction, stream[last] as number[]);
    // x → A x W_V W_O, without biases.
    const through = (input: Matrix, layer: number, head: number): Matrix => {
      const { value, output } = blocks[layer] as (typeof blocks)[number];
      return times(
        times(patterns[layer]?.[head] as Matrix, times(input, value[head]?.weight as Matrix)),
        output[head] as Matrix,
      );
    };
    const atLogit = (value: Matrix) => dot(direction, value[last] as number[]);
    const only = (position: number | null) =>
      x.map((row, t) => (position === null || t === position ? row : row.map(() => 0)));

    const selection: AttributionSelection = {
      'paths.ALL': most,
      ...Object.fromEntries(ids.map((_, s) => [`paths.${s}`, most])),
    };
    const target = { position: last, token, against: null };
    const result = await attribute(model, { inputIds: ids, target, method: 'FROZEN', selection }, new Gate());
    for (const from of [null, ...ids.keys()]) {
      const found = result.grains[`paths.${from ?? 'ALL'}`];
      assert.ok(found);
      const input = only(from);
      const straight = atLogit(input);
      const expected = new Map<string, number>();
      for (let first = 0; first < heads; first++) {
        for (const layer of [0, 1])
          expected.set(nameOf([{ layer, head: first }]), atLogit(through(input, layer, first)));
        for (let second = 0; second < heads; second++) {
          const pair = [
            { layer: 0, head: first },
            { layer: 1, head: second },
          ];
          expected.set(nameOf(pair), atLogit(through(through(input, 0, first), 1, second)));
        }
      }
      const paths = found.strongest.flat();
      assert.equal(paths.length, 2 * heads + heads * heads);
      assertClose(
        paths.map(({ score }) => score),
        paths.map(({ components }) => expected.get(nameOf(components)) as number),
        1e-5,
        `paths from ${from}`,
      );
      const order = (length: number) =>
        sum(paths.filter(({ components }) => components.length === length).map(({ score }) => score));
      assertClose(found.sums, [straight, order(1), order(2)], 1e-5, 'sums of the orders');
      assertClose([found.longer], [0], 1e-5, 'no path is longer than the model');
      const strengths = found.strongest.map((some) => some.map(({ score }) => Math.abs(score)));
      for (const some of strengths)
        assert.deepEqual(
          some,
          [...some].sort((a, b) => b - a),
          'strongest first',
        );
    }
    const all = result.grains['paths.ALL'] as PathsResult;
    assertClose([sum(all.sums) + result.bias], [logit], 1e-5, 'all paths and the biases');
    assertClose([result.audit.logit], [logit], 1e-5, 'logit by hand');
    assert.equal(vocabulary, unembedding.length);
  });

  interface Projection {
    readonly weight: Matrix;
    readonly bias: readonly number[];
  }

  async function attentionOf(at: string) {
    const [fused, fusedBias, projection, [outputBias = []]] = (await Promise.all(
      [`${at}.c_attn.weight`, `${at}.c_attn.bias`, `${at}.c_proj.weight`, `${at}.c_proj.bias`].map(weight),
    )) as [Matrix, Matrix, Matrix, Matrix];
    const part = (index: number): Projection[] =>
      Array.from({ length: heads }, (_, head) => {
        const start = index * width + head * headWidth;
        return {
          weight: fused.map((row) => row.slice(start, start + headWidth)),
          bias: (fusedBias[0] as number[]).slice(start, start + headWidth),
        };
      });
    const output = Array.from({ length: heads }, (_, head) =>
      projection.slice(head * headWidth, (head + 1) * headWidth),
    );
    return { query: part(0), key: part(1), value: part(2), output, outputBias };
  }

  function project(input: Matrix, { weight: by, bias }: Projection = { weight: [], bias: [] }): Matrix {
    return times(input, by).map((row) => row.map((value, index) => value + (bias[index] as number)));
  }

  function patternOf(query: Matrix, key: Matrix): Matrix {
    return query.map((row, to) => {
      const weights = key.map((other, from) => (from > to ? 0 : Math.exp(dot(row, other) / Math.sqrt(headWidth))));
      return weights.map((value) => value / sum(weights));
    });
  }
});

await describeReferences((reference, model) => {
  const expanded = (
    prompt: ReferencePrompt,
    { position, token, against }: ReferenceTarget,
  ): Promise<AttributionResult> => {
    const selection = { 'paths.ALL': most, [`paths.${prompt.circulationSource}`]: most };
    const target = { position, token, against };
    return attribute(model, { inputIds: prompt.ids, target, method: 'FROZEN', selection }, new Gate());
  };

  it('has none from behind the target, and computes none there', async () => {
    for (const { ids } of reference.prompts.filter(({ ids }) => ids.length > 3)) {
      const target = { position: 1, token: ids[0] ?? 0, against: null };
      const selection = { 'paths.ALL': most, 'paths.1': most, 'paths.3': most };
      const asked = { inputIds: ids, target, method: 'FROZEN', selection } as const;
      const run = mock.method(model, 'runBlock');
      const { grains } = await attribute(model, asked, new Gate());
      const lengths = run.mock.calls.flatMap(({ arguments: [, , feeds] }) => feeds.x?.dims[1] ?? []);
      run.mock.restore();
      assert.deepEqual(new Set(lengths), new Set([2]));
      const { sums, longer, strongest } = grains['paths.3'] as PathsResult;
      assert.deepEqual([...sums, longer], [0, 0, 0, 0]);
      assert.ok(strongest.flat().every(({ score }) => score === 0));
      assert.ok(grains['paths.1']?.sums.some((value) => value !== 0));
    }
  });

  it("has the derivatives of the frozen map by its components' outputs as paths of order 0, 1 and 2", async () => {
    const { layerCount, headCount } = model.specification;
    for (const prompt of reference.prompts) {
      for (const [index, target] of prompt.targets.entries()) {
        const { grains, tokens, bias, audit } = await expanded(prompt, target);
        for (const [key, prefix] of [
          ['ALL', 'paths'],
          [prompt.circulationSource, 'paths_from'],
        ] as const) {
          const found = grains[`paths.${key}`] as PathsResult;
          const [zero, one, two] = [0, 1, 2].map((order) =>
            reference.tensor(prompt, `${prefix}_order${order}`, index),
          ) as [Float32Array, Float32Array, Float32Array];
          const tolerance = scaledTolerance([...zero, ...one, ...two, ...tokens], parity);
          assertClose(
            found.sums,
            [zero, one, two].map((order) => sum(order)),
            tolerance,
            `${prefix} sums`,
          );
          const size = layerCount * (headCount + 1);
          const at = ({ layer, head }: Component) => layer * (headCount + 1) + (head ?? headCount);
          const [first = [], second = []] = found.strongest;
          assertClose(
            first.map(({ score }) => score),
            first.map(({ components: [a] }) => one[at(a as Component)] as number),
            tolerance,
            `${prefix} of order 1`,
          );
          assertClose(
            second.map(({ score }) => score),
            second.map(({ components: [a, b] }) => two[at(a as Component) * size + at(b as Component)] as number),
            tolerance,
            `${prefix} of order 2`,
          );
          // Nothing but what is listed carries anything.
          if (second.length < most)
            assertClose(
              [sum(Array.from(two, Math.abs))],
              [sum(second.map(({ score }) => Math.abs(score)))],
              tolerance * 10,
              'no pair is missing',
            );
        }
        const { sums, longer } = grains['paths.ALL'] as PathsResult;
        assertClose(
          [longer],
          reference.tensor(prompt, 'paths_longer', index),
          scaledTolerance([...tokens, ...sums], parity),
          'longer paths',
        );
        assertClose(
          [sum(sums) + longer + bias],
          [audit.logit],
          scaledTolerance([...tokens, ...sums], parity),
          'all orders and the biases',
        );
      }
    }
  });
});

function nameOf(components: readonly Component[]): string {
  return components.map(({ layer, head }) => `${layer}.${head ?? 'mlp'}`).join(' → ');
}

function times(a: Matrix, b: Matrix): Matrix {
  return a.map((row) =>
    (b[0] ?? []).map((_, column) =>
      row.reduce((total, value, k) => total + value * ((b[k] as number[])[column] as number), 0),
    ),
  );
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, index) => total + value * (b[index] as number), 0);
}
