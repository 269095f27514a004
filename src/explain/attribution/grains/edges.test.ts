import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../../architecture/specification.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { floats, floatsOf, integers, integersOf, type Tensors } from '../../../inference/tensor.ts';
import { edges } from './edges.ts';

/** Instead of what the moves of a block contribute, `pattern` [1, head, to, from] gives it, for this model to sort. */
const model = {
  async run(_graph: string, tensors: Tensors): Promise<Tensors> {
    const values = floatsOf(tensors, 'pattern');
    const [count = 0] = integersOf(tensors, 'top');
    // As onnxruntime does it.
    assert.ok(count <= values.length);
    const strongest = [...values.keys()]
      .sort((a, b) => Math.abs(values[b] as number) - Math.abs(values[a] as number) || b - a)
      .slice(0, count);
    const scores = floats(
      Float32Array.from(strongest, (index) => values[index] as number),
      strongest.length,
    );
    return { scores, weights: scores, indices: integers(strongest) };
  },
} as unknown as LoadedModel;

/** @param blocks scores [head, to, from] of each block of two heads and two tokens, first to last */
async function strongestOf(count: number, blocks: readonly (readonly number[])[]) {
  const reader = edges.reader(model, { 'edges.TOTAL': count });
  const none = floats(new Float32Array(), 0);
  for (const [layer, scores] of [...blocks.entries()].reverse()) {
    const tensors = { pattern: floats(Float32Array.from(scores), 1, 2, 2, 2) };
    await reader.read({
      layer,
      block: {} as Block,
      tensors,
      gradAfter: none,
      post: none,
      positions: { from: 1, to: 2 },
    });
  }
  const found = reader.result(2)['edges.TOTAL'] ?? [];
  return found.map(({ layer, head, to, from, score }) => [layer, head, to, from, score]);
}

describe('the strongest edges', () => {
  it('are the largest of all blocks, whatever their sign', async () => {
    const blocks = [
      [1, 0, -7, 2, 0, 0, 3, 0],
      [0, 0, 6, 0, 0, 0, 0, -4],
    ];
    assert.deepEqual(await strongestOf(4, blocks), [
      [0, 0, 1, 0, -7],
      [1, 0, 1, 0, 6],
      [1, 1, 1, 1, -4],
      [0, 1, 1, 0, 3],
    ]);
    assert.deepEqual(await strongestOf(1, blocks), [[0, 0, 1, 0, -7]]);
  });

  it('stand in the order of blocks, heads, destinations and sources where they are equally strong', async () => {
    const blocks = [
      [1, 0, -1, 1, 1, 0, 1, -1],
      [-1, 0, 1, 1, 1, 0, -1, 1],
    ];
    const places = [0, 1].flatMap((layer) =>
      [0, 1].flatMap((head) => [
        [layer, head, 0, 0],
        [layer, head, 1, 0],
        [layer, head, 1, 1],
      ]),
    );
    assert.deepEqual(
      (await strongestOf(12, blocks)).map((edge) => edge.slice(0, 4)),
      places,
    );
  });

  it('never lead back in time, however few others there are', async () => {
    const found = await strongestOf(16, [Array(8).fill(0), Array(8).fill(0)]);
    assert.equal(found.length, 12);
    for (const [, , to = 0, from = 0] of found) assert.ok(from <= to);
  });
});
