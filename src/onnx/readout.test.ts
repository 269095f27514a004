import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { specify } from '../../test/support/specifications.ts';
import { type MovesReadout, moves } from './readout.ts';
import { Graph } from './writer.ts';

/** What the graph computes, by its operators, and what leaves it. */
function graphOf(readout: MovesReadout) {
  const operators: string[] = [];
  class Watched extends Graph {
    override ops(...[type, ...rest]: Parameters<Graph['ops']>) {
      operators.push(type);
      return super.ops(type, ...rest);
    }
  }
  const g = new Watched('moves', { tensors: new Map(), folder: '/', weights: 'LEAN' });
  moves(g, specify('llama'), readout);
  return { ...g.toBytes(), count: (type: string) => operators.filter((operator) => operator === type).length };
}

describe('the moves of a block', () => {
  it('are made by one product, however much is read off them', () => {
    for (const readout of [
      { marginals: 1, edges: false },
      { marginals: 0, edges: true },
      { marginals: 3, edges: true },
    ]) {
      const { count } = graphOf(readout);
      assert.equal(count('FusedMatMul'), 1);
      assert.equal(count('ReduceSum'), readout.marginals);
      assert.equal(count('TopK'), readout.edges ? 1 : 0);
    }
  });

  it('are given as what is asked for, and nothing else', () => {
    assert.deepEqual(graphOf({ marginals: 2, edges: false }).outputs, ['moves.0', 'moves.1']);
    assert.deepEqual(graphOf({ marginals: 0, edges: true }).outputs, ['scores', 'indices', 'weights']);
  });
});
