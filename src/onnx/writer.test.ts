import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TensorEntry } from '../checkpoint/types.ts';
import { add, matmul } from './algebra.ts';
import { Graph } from './writer.ts';

const entry = (name: string, offset: number): TensorEntry => ({
  name,
  file: '/m/weights',
  dtype: 'F32',
  shape: [2, 2],
  offset,
  length: 16,
});

describe('a graph', () => {
  it('has nothing that no output depends on: no node, and no weight', () => {
    const tensors = new Map(['one', 'two', 'three'].map((name, index) => [name, entry(name, 100 * index)]));
    const written = (outputs: readonly ('first' | 'second')[]) => {
      const g = new Graph('test', { tensors, folder: '/m', weights: 'PACKED' });
      const x = g.input('x', 'F32', ['position', 2]);
      const first = matmul(g, x, g.weight('one'));
      const second = add(g, matmul(g, first, g.weight('two')), g.float(0.25));
      matmul(g, second, g.weight('three'));
      for (const name of outputs) g.output(name, name === 'first' ? first : second);
      return g.toBytes();
    };
    const [one, both] = [written(['first']), written(['first', 'second'])];
    assert.deepEqual(one.weights, [{ file: '/m/weights', offset: 0, length: 16 }]);
    assert.deepEqual(
      both.weights.map(({ offset }) => offset),
      [0, 100],
    );
    const has = ({ bytes }: { bytes: Uint8Array }, name: string) => Buffer.from(bytes).includes(name);
    assert.ok(has(one, 'one') && !has(one, 'two') && !has(one, 'f0.25') && !has(one, 'Add'));
    assert.ok(has(both, 'two') && has(both, 'f0.25') && has(both, 'Add') && !has(both, 'three'));
    assert.deepEqual(written(['second']).weights, both.weights, 'what lies on the way is there');
  });
});
