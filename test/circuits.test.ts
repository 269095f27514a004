/**
 * What the weights alone tell, on checkpoints of every family: computed here from low-rank factors, compared with matrices
 * that are written out in full.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Linear, ModelSpecification, Norm } from '../src/architecture/specification.ts';
import { openModelFiles } from '../src/checkpoint/checkpoint.ts';
import { readTensor } from '../src/checkpoint/read-tensor.ts';
import type { TensorEntry } from '../src/checkpoint/types.ts';
import { circuits } from '../src/explain/circuits/circuits.ts';
import { copyingScore } from '../src/explain/circuits/copying.ts';
import { type CircuitsResult, compositionKinds } from '../src/explain/circuits/result.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LoadedModel } from '../src/inference/loaded-model.ts';
import { circuits as circuitsJob } from '../src/jobs/kinds/circuits.ts';
import { JobQueue } from '../src/jobs/queue.ts';
import { Reference, referenceFolder, referenceNames } from './reference/reference.ts';
import { assertClose } from './support/close.ts';

/** Of scores, which lie between −1 and 1. */
const tolerance = 1e-4;
const everything = { copying: true, composition: compositionKinds };

for (const name of referenceNames) {
  describe(`the circuits of ${name}`, () => {
    const reference = new Reference(name);
    let model: LoadedModel;
    let result: CircuitsResult;
    let dense: Dense;
    before(async () => {
      model = await reference.load();
      result = await circuits(model, everything, new Gate());
      dense = await writtenOut(model.specification, (await openModelFiles(referenceFolder(name))).tensors);
    });
    after(() => model.release());

    it('are those that dense matrices in float64 give in PyTorch', () => {
      const parts = { copying: result.copying, ...result.composition };
      for (const [part, values] of Object.entries(parts)) {
        const key = part === 'copying' ? part : `composition_${part.toLowerCase()}`;
        assertClose(values ?? [], reference.ofModel(key), tolerance, key);
      }
    });

    it('copy by the eigenvalues of the way from token to logit, whose power sums are traces over the vocabulary', () => {
      const { embedding: table, unembedding, heads, kept } = dense;
      const { headCount, layerCount } = model.specification;
      for (const [index, { ov }] of heads.entries()) {
        const layer = Math.floor(index / headCount);
        const intoLogits = ov.mmul(kept(layer, layerCount)).mmul(unembedding);
        const embedding = table.mmul(kept(null, layer));
        // Of the same eigenvalues other than 0 as the one over the vocabulary.
        const { realEigenvalues: real, imaginaryEigenvalues: imaginary } = new EigenvalueDecomposition(
          intoLogits.mmul(embedding),
        );
        const sums = { first: 0, second: 0, magnitude: 0 };
        for (const [at, re] of real.entries()) {
          const im = imaginary[at] as number;
          sums.first += re;
          sums.second += re * re - im * im;
          sums.magnitude += Math.hypot(re, im);
        }
        const full = embedding.mmul(intoLogits);
        const scale = Math.max(sums.magnitude, 1e-30);
        assertClose([sums.first / scale], [full.trace() / scale], 1e-9, 'Σλ');
        assertClose([sums.second / scale ** 2], [sumOfProducts(full, full.transpose()) / scale ** 2], 1e-9, 'Σλ²');
        assertClose([result.copying?.[index] as number], [sums.first / scale], tolerance, `copying of head ${index}`);
      }
    });

    it('compose by the norms of the products of whole matrices, into later blocks alone', () => {
      const { heads, kept } = dense;
      const { headCount } = model.specification;
      for (const kind of compositionKinds) {
        const expected = heads.flatMap((from, fromIndex) =>
          heads.map((to, toIndex) => {
            const [layer, later] = [Math.floor(fromIndex / headCount), Math.floor(toIndex / headCount)];
            if (layer >= later) return 0;
            const first = from.ov.mmul(kept(layer, later));
            const second = kind === 'V' ? to.ov : kind === 'Q' ? to.qk : to.qk.transpose();
            return first.mmul(second).norm() / (first.norm() * second.norm());
          }),
        );
        assertClose(result.composition[kind] ?? [], expected, tolerance, `${kind}-composition`);
      }
    });

    it('are computed as far as they are asked for', async () => {
      const onlyKeys = await circuits(model, { copying: false, composition: ['K'] }, new Gate());
      assert.deepEqual(Object.keys(onlyKeys), ['composition']);
      assert.deepEqual(Object.keys(onlyKeys.composition), ['K']);
      assertClose(onlyKeys.composition.K ?? [], result.composition.K ?? [], 0, 'K-composition');
      const onlyValues = await circuits(model, { copying: false, composition: ['V'] }, new Gate());
      assertClose(onlyValues.composition.V ?? [], result.composition.V ?? [], 0, 'V-composition');
      const onlyCopying = await circuits(model, { copying: true, composition: [] }, new Gate());
      assert.deepEqual(onlyCopying, { copying: result.copying, composition: {} });
    });
  });
}

describe('circuits', () => {
  it('end before the next block when they are cancelled', async () => {
    const model = await new Reference('gpt2-plain').load();
    for (const request of [
      { copying: true, composition: [] },
      { copying: false, composition: compositionKinds },
    ]) {
      const gate = new Gate();
      gate.cancel();
      await assert.rejects(circuits(model, request, gate), { code: 'CANCELLED' });
    }
  });

  it('are refused by a queue that has no memory for them, and end when nobody wants them any more', async () => {
    const files = await openModelFiles(referenceFolder('gpt2-plain'));
    const small = new JobQueue({ workers: 1, threads: 1, queue: 1, memory: 1000 });
    await assert.rejects(small.run(circuitsJob, files, everything), { code: 'OVER_CAPACITY' });
    await small.close();
    const ample = new JobQueue({ workers: 1, threads: 1, queue: 1 });
    const leaving = new AbortController();
    const left = assert.rejects(ample.run(circuitsJob, files, everything, { signal: leaving.signal }), {
      code: 'CANCELLED',
    });
    leaving.abort();
    await left;
    const { composition } = await ample.run(circuitsJob, files, everything);
    assert.deepEqual(Object.keys(composition), compositionKinds);
    assert.equal(ample.stateOf(files).status, 'UNLOADED');
    await ample.close();
  });

  it('copy fully where every eigenvalue is positive, not at all where they cancel, and the reverse below 0', () => {
    assert.equal(copyingScore(Float32Array.of(2, 0, 0, 3), 2), 1);
    assert.equal(copyingScore(Float32Array.of(-2, 0, 0, -3), 2), -1);
    assert.equal(copyingScore(Float32Array.of(1, 0, 0, -1), 2), 0);
    // ±i
    assert.equal(copyingScore(Float32Array.of(0, 1, -1, 0), 2), 0);
    assert.equal(copyingScore(new Float32Array(4), 2), 0);
    assert.throws(() => copyingScore(Float32Array.of(1, Number.NaN, 0, 1), 2), { code: 'CHECKPOINT' });
    assert.throws(() => copyingScore(Float32Array.of(1, Number.POSITIVE_INFINITY, 0, 1), 2), { code: 'CHECKPOINT' });
  });
});

interface Dense {
  /** W_E [vocabulary, width], as the first block reads it. */
  readonly embedding: Matrix;
  /** N_f·W_U [width, vocabulary] */
  readonly unembedding: Matrix;
  /** Of every block in order, [width, width]. */
  readonly heads: readonly { readonly ov: Matrix; readonly qk: Matrix }[];
  /** What norms over the stream make of what the attention of a block wrote (null: the embedding), before a later block. */
  readonly kept: (from: number | null, to: number) => Matrix;
}

async function writtenOut(model: ModelSpecification, tensors: ReadonlyMap<string, TensorEntry>): Promise<Dense> {
  const { width, headCount, keyValueHeadCount, headWidth } = model;
  const read = async (name: string) => readTensor(tensors.get(name) as TensorEntry);
  const matrix = async (name: string) => {
    const [rows = 0, columns = 0] = tensors.get(name)?.shape ?? [];
    return Matrix.from1DArray(rows, columns, await read(name));
  };
  const normMatrix = async (norm: Norm | undefined) => {
    const identity = Matrix.eye(width, width);
    if (!norm) return identity;
    const weight = norm.weight === undefined ? Array(width).fill(1) : Array.from(await read(norm.weight));
    const scale = Matrix.diag(weight.map((value) => value + (norm.weightOffset ?? 0)));
    return norm.kind === 'LAYER_NORM' ? identity.sub(1 / width).mmul(scale) : scale;
  };
  /** [in, out] */
  const map = async ({ weight, layout, part }: Linear) => {
    const stored = await matrix(weight);
    const all = layout === 'in,out' ? stored : stored.transpose();
    if (part === undefined) return all;
    const columns = Array.from({ length: all.columns }, (_, column) => column).filter((column) =>
      'start' in part
        ? column >= part.start && column < part.start + part.length
        : Math.floor(column / part.width) % part.count === part.index,
    );
    return all.subMatrixColumn(columns);
  };
  const heads = [];
  const streamNorms: { readonly layer: number; readonly part: 'ATTENTION' | 'MLP'; readonly matrix: Matrix }[] = [];
  for (const [layer, { attention, mlp }] of model.blocks.entries()) {
    for (const [part, norm] of [
      ['ATTENTION', attention.postNorm],
      ['MLP', mlp?.postNorm],
    ] as const)
      if (norm?.over === 'STREAM') streamNorms.push({ layer, part, matrix: await normMatrix(norm) });
    const before = await normMatrix(attention.norm);
    const [query, key, value] = await Promise.all(
      [attention.query, attention.key, attention.value].map(async (linear) => before.mmul(await map(linear))),
    );
    const output = (await map(attention.output)).mmul(await normMatrix(attention.postNorm));
    const columnsOf = (all: Matrix | undefined, head: number) =>
      (all as Matrix).subMatrix(0, width - 1, head * headWidth, (head + 1) * headWidth - 1);
    for (let head = 0; head < headCount; head++) {
      const group = Math.floor((head * keyValueHeadCount) / headCount);
      const rows = output.subMatrix(head * headWidth, (head + 1) * headWidth - 1, 0, width - 1);
      heads.push({
        ov: columnsOf(value, group).mmul(rows),
        qk: columnsOf(query, head).mmul(columnsOf(key, group).transpose()),
      });
    }
  }
  const { embedding, unembedding } = model;
  const table = await matrix(embedding.token);
  const columns = (await matrix(unembedding.weight)).transpose();
  const projected = unembedding.projection ? (await map(unembedding.projection.map)).mmul(columns) : columns;
  return {
    embedding: embedding.projection ? table.mmul(await map(embedding.projection.map)) : table,
    unembedding: (await normMatrix(unembedding.norm)).mmul(projected),
    heads,
    kept: (from, to) =>
      streamNorms
        .filter(
          ({ layer, part }) => layer < to && (from === null || layer > from || (layer === from && part === 'MLP')),
        )
        .reduce((product, { matrix }) => product.mmul(matrix), Matrix.eye(width, width)),
  };
}

/** Σ aᵢⱼ·bᵢⱼ */
function sumOfProducts(a: Matrix, b: Matrix): number {
  return Matrix.mul(a, b).sum();
}
