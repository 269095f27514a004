import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TensorEntry } from '../checkpoint/types.ts';
import { timesTransposed } from './pieces.ts';
import { pieceSize, type Weights } from './weights.ts';
import { Graph, type Rows } from './writer.ts';

/** The table of a vocabulary of 128,000 tokens. */
const [tokens, width] = [128_000, 2048];

function graphOf(weights: Weights, dtype: TensorEntry['dtype']): Graph {
  const length = tokens * width * (dtype === 'F32' ? 4 : 2);
  const table: TensorEntry = {
    name: 'table',
    dtype,
    shape: [tokens, width],
    file: '/m.safetensors',
    offset: 0,
    length,
  };
  return new Graph('ends', { tensors: new Map([['table', table]]), folder: '/', weights });
}

describe('the pieces of a weight', () => {
  it('are each small enough to be converted at once, and together all of it or of some rows', () => {
    const g = graphOf('LEAN', 'BF16');
    for (const rows of [undefined, { start: 1000, length: 700 }]) {
      const pieces = g.pieces('table', rows);
      assert.ok(pieces.every(({ length }) => length > 0 && length * width <= pieceSize));
      assert.deepEqual(joined(pieces), rows ?? { start: 0, length: tokens });
    }
  });

  it('are one where nothing is converted in a run: of float32, and of what is packed', () => {
    const all = [{ start: 0, length: tokens }];
    assert.deepEqual(graphOf('LEAN', 'F32').pieces('table'), all);
    assert.deepEqual(graphOf('PACKED', 'BF16').pieces('table'), all);
  });

  it('are one row at least, however long that is', () => {
    const files = { tensors: new Map<string, TensorEntry>(), folder: '/', weights: 'LEAN' as const, pieceSize: 100 };
    const table = { name: 'table', dtype: 'F16', shape: [3, 200], file: '/m', offset: 0, length: 1200 } as const;
    files.tensors.set('table', table);
    assert.equal(new Graph('ends', files).pieces('table').length, 3);
  });

  it('are in a product each a part of the file of its own', () => {
    const g = graphOf('LEAN', 'BF16');
    const x = g.input('x', 'F32', ['position', width]);
    g.output('logits', timesTransposed(g, x, 'table', g.pieces('table')));
    const written = new TextDecoder('latin1').decode(g.toBytes().bytes);
    assert.equal(written.match(/m\.safetensors/g)?.length, g.pieces('table').length);
    assert.equal(written.match(/table\[0:512\]/g)?.length, 2, 'what lies there, and what converts it');
  });
});

function joined(pieces: readonly Rows[]): Rows {
  return pieces.reduce(({ start, length }, piece) => {
    assert.equal(piece.start, start + length, 'one after the other');
    return { start, length: length + piece.length };
  });
}
