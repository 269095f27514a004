/** What of a model's circuits is asked of the engine, and what of its answer each field shows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { graphql } from 'graphql';
import { type CircuitsRequest, compositionKinds } from '../../explain/circuits/result.ts';
import { schema } from '../schema.ts';

const heads = 9;

/** Stands in for everything behind the resolvers. */
async function asked(selection: string) {
  let request: CircuitsRequest | undefined;
  const score = Float32Array.from({ length: heads * heads }, (_, place) => place + 1);
  const contextValue = {
    catalogue: { get: async () => ({ specification: { layerCount: 3, headCount: 3 } }) },
    circuits: {
      of: async (_: unknown, given: CircuitsRequest) => {
        request = given;
        return { copying: score, composition: Object.fromEntries(compositionKinds.map((kind) => [kind, score])) };
      },
    },
  };
  const source = `{ circuits(model: "m") { ... on Circuits { ${selection} } } }`;
  const { data, errors } = await graphql({ schema, source, contextValue });
  return { request, circuits: data?.circuits as Record<string, unknown[]> | undefined, fault: errors?.[0]?.message };
}

describe('the selection of circuits', () => {
  it('is nothing where only the model and the places of heads are selected', async () => {
    const { request } = await asked('__typename heads { __typename layer head }');
    assert.deepEqual(request, { copying: false, composition: [] });
  });

  it('takes every kind that is selected under any alias, once, and copying where any list of heads has it', async () => {
    const { request } = await asked(`
      constructor: strongest(kind: V, first: 1) { score } v: composition(kind: V) { shape } __proto__: strongest(kind: Q) { score }
      a: heads { layer } toString: heads { __proto__: copying } b: heads { head }`);
    assert.deepEqual(request, { copying: true, composition: ['Q', 'V'] });
  });

  it('gives each of several lists of one kind as many as it asks for, in any order', async () => {
    for (const [one, two] of [
      [5, 3],
      [3, 5],
    ]) {
      const { circuits } = await asked(
        `a: strongest(kind: K, first: ${one}) { score } b: strongest(kind: K, first: ${two}) { score }`,
      );
      assert.deepEqual([circuits?.a?.length, circuits?.b?.length], [one, two]);
    }
  });

  it('has bounds for every list: the refusal of one names them, and nothing is computed for it', async () => {
    for (const [one, two] of [
      [1001, 3],
      [3, -1],
      [-1, 3],
    ]) {
      const { fault, request, circuits } = await asked(
        `a: strongest(kind: K, first: ${one}) { score } b: strongest(kind: Q, first: ${two}) { score }`,
      );
      assert.match(String(fault), /`first` is a whole number from 0 to 1000, not (1001|-1)/);
      assert.deepEqual(request?.composition, [one === 3 ? 'K' : 'Q']);
      assert.deepEqual([circuits?.a?.length, circuits?.b?.length], one === 3 ? [3, undefined] : [undefined, 3]);
    }
  });
});
