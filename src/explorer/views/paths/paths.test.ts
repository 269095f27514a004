import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathCaption, pathName, pathRows, pathTables, pathTerms } from './paths.ts';

const mlp = (layer: number) => ({ layer, head: null });
const head = (layer: number, head: number) => ({ layer, head });
const expansion = {
  orders: [
    { order: 0, sum: -0.5, strongest: [] },
    { order: 1, sum: 2, strongest: [{ components: [mlp(0)], score: 1.5 }] },
    { order: 2, sum: -1, strongest: [{ components: [head(0, 2), mlp(3)], score: -4 }] },
  ],
  longer: 10,
};
const words = { name: "' Mary'", value: 'logit', unit: 'logits' };

describe('the table of paths', () => {
  it('has the straight path among those of the other orders, strongest first', () => {
    assert.deepEqual(
      pathRows(expansion, 9).map((row) => [pathName(row, 'embedding', 'logit'), row.score]),
      [
        ['embedding → 0.2 → MLP 3 → logit', -4],
        ['embedding → MLP 0 → logit', 1.5],
        ['embedding → logit', -0.5],
      ],
    );
    assert.equal(pathRows(expansion, 1).length, 1);
  });

  it('has what all orders, longer paths and the biases come to', () => {
    const terms = pathTerms(expansion, [
      { name: 'biases', value: -3 },
      { name: 'intercept', value: 0 },
    ]);
    assert.deepEqual(terms, [
      { name: 'straight', value: -0.5 },
      { name: 'through one part', value: 2 },
      { name: 'through two parts', value: -1 },
      { name: 'through three or more', value: 10 },
      { name: 'biases', value: -3 },
    ]);
    assert.deepEqual(pathTables(pathRows(expansion, 1), terms, 'logits')[1]?.rows, [[2, '0.2', 'MLP 3', -4]]);
  });

  it('says which path does most, and that a token behind the target has none', () => {
    assert.equal(
      pathCaption(pathRows(expansion, 9), expansion, 'all tokens', words),
      'The strongest short path from all tokens leads through head 2 of layer 0, then the MLP of layer 3: it takes −4 logits. Longer ones, through three parts or more, carry +10.',
    );
    const none = { orders: [{ order: 0, sum: 0, strongest: [] }], longer: 0 };
    assert.equal(pathCaption(pathRows(none, 9), none, "' John'", words), "Nothing of ' John' reaches ' Mary'.");
  });
});
