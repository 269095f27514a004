/** What is not selected is not computed: the selection that reaches the run service, for documents of every form. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { graphql } from 'graphql';
import { TributaryError } from '../../errors.ts';
import { sourcesGrain } from '../../explain/attribution/grains/moves-grain.ts';
import type { AttributionSelection, Grain } from '../../explain/attribution/result.ts';
import { schema } from '../schema.ts';

const nothing: AttributionSelection = {};

/** Stands in for everything behind the resolvers; it notes the selection and then refuses. */
async function selected(
  body: string,
  { variables = {}, head = '', fragments = '', through = 'query' as 'query' | 'node' } = {},
): Promise<AttributionSelection | string> {
  let seen: AttributionSelection | undefined;
  const note = async (...[, , selection]: [unknown, unknown, AttributionSelection]) => {
    seen = selection;
    throw new TributaryError('OVER_CAPACITY', 'noted');
  };
  const run = {
    id: '1',
    contentHash: '',
    modelName: 'm',
    status: 'COMPLETED',
    question: { kind: 'LOGIT_ATTRIBUTION', input: { inputIds: [1], target: {}, method: 'FROZEN' } },
  };
  const model = {
    name: 'm',
    checkpoint: { folder: '', revision: async () => '', tokenizer: {} },
    specification: { vocabularySize: 10, contextLength: 10 },
  };
  const contextValue = {
    catalogue: { get: async () => model },
    runs: { attributions: { ask: note, read: note }, find: async () => run },
  };
  const field =
    through === 'query'
      ? `logitAttribution(input: { model: "m", prompt: { tokenIds: [1] } }) { ... on LogitAttribution { ${body} } }`
      : `node(id: "${btoa('Run:1')}") { ... on Run { attribution { ${body} } } }`;
  const { errors } = await graphql({
    schema,
    source: `query ${head} { ${field} } ${fragments}`,
    variableValues: variables,
    contextValue,
  });
  const fault = errors?.find(({ message }) => message !== 'noted');
  return fault?.message ?? seen ?? 'nothing was asked for';
}

describe('the selection of an attribution', () => {
  it('is nothing finer than the tokens when nothing finer is selected', async () => {
    assert.deepEqual(await selected('bias tokens { score } audit { passed }'), nothing);
    assert.deepEqual(await selected('__typename'), nothing);
  });

  it('takes layers without the [to, from] tensors, and those when they are selected', async () => {
    assert.deepEqual(await selected('layers { heads { total } }'), { layers: 1 });
    assert.deepEqual(await selected('layers { heads { sources { shape } } }'), {
      layers: 1,
      [sourcesGrain]: 1,
    });
  });

  it('takes of each list of the strongest as many as the longest under any alias, in any order', async () => {
    const lists: [grain: Grain, field: string][] = [
      ['neurons', 'layers { @neurons(first: #) { neuron } }'],
      ['edges.TOTAL', '@edges(first: #) { score }'],
      ['paths.ALL', '@paths(first: #) { longer }'],
      ['ablations.ZERO', '@ablations(first: #) { drop }'],
    ];
    for (const [grain, field] of lists) {
      for (const counts of [
        [5, 3],
        [3, 5],
        [3, 5, 4],
      ]) {
        const fields = counts.map((count) => field.replace('@', `of${count}: `).replace('#', String(count)));
        const selection = (await selected(fields.join(' '))) as AttributionSelection;
        assert.equal(selection[grain], 5, fields.join(' '));
      }
    }
  });

  it('is the same under aliases of any name', async () => {
    const members = Object.getOwnPropertyNames(Object.prototype);
    const fields = [
      '@layers { layer @heads { total } }',
      '@layers { @heads { @sources { shape } } @neurons(first: 3) { neuron } }',
      '@edges(first: 4) { score }',
      '@moves(keep: [FROM]) { shape }',
      '@paths(first: 2) { longer }',
      '@ablations(replacement: MEAN) { drop }',
      '@residuals { shape }',
      '@faithfulness { @agreement }',
      '@faithfulness { @counts }',
      '@bias',
    ];
    const chosen = fc.subarray(fields, { minLength: 1 }).chain((some) =>
      fc.record({
        fields: fc.shuffledSubarray(some, { minLength: some.length }),
        aliases: fc.shuffledSubarray([...members, 'prototype', 'length', 'x', '_'], { minLength: 16 }),
        through: fc.constantFrom('query' as const, 'node' as const),
      }),
    );
    await fc.assert(
      fc.asyncProperty(chosen, async ({ fields, aliases, through }) => {
        const left = [...aliases];
        const aliased = fields.join(' ').replaceAll('@', () => `${left.pop()}: `);
        const plain = fields.join(' ').replaceAll('@', '');
        assert.deepEqual(await selected(aliased, { through }), await selected(plain, { through }));
      }),
    );
  });

  it('counts neurons and edges by their defaults, and none of a list of none', async () => {
    assert.deepEqual(await selected('a: layers { layer } b: layers { neurons { neuron } } edges { score }'), {
      layers: 1,
      neurons: 10,
      'edges.TOTAL': 20,
    });
    assert.deepEqual(await selected('edges(first: 0) { score }'), nothing);
  });

  it('tells direct edges from total ones, and every marginal of the moves by the axes that are kept', async () => {
    assert.deepEqual(await selected('a: edges(first: 3, path: DIRECT) { score } b: edges(first: 2) { score }'), {
      'edges.DIRECT': 3,
      'edges.TOTAL': 2,
    });
    assert.deepEqual(
      await selected(
        'moves { shape } a: moves(keep: [FROM, LAYER], path: DIRECT) { shape } b: moves(keep: []) { shape } residuals { shape }',
      ),
      { residuals: 1, 'moves.TOTAL.LAYER.HEAD': 1, 'moves.DIRECT.LAYER.FROM': 1, 'moves.TOTAL.': 1 },
    );
  });

  it('tells moves of chosen heads by their numbers, ascending and each once; none where there can be none', async () => {
    assert.deepEqual(
      await selected(
        'moves(layers: [3, 1, 3]) { shape } a: moves(keep: [TO, FROM], layers: [2], heads: [1, 0]) { shape } b: moves(layers: []) { shape } c: moves(heads: [-1]) { shape }',
      ),
      { 'moves.TOTAL.LAYER.HEAD.layers=1,3': 1, 'moves.TOTAL.TO.FROM.layers=2.heads=0,1': 1 },
    );
  });

  it('takes the agreement apart from the rest of the faithfulness, and ablations by what replaces the component', async () => {
    assert.deepEqual(await selected('faithfulness { agreement }'), { agreement: 1 });
    assert.deepEqual(await selected('faithfulness { random { sufficiency { area } } counts }'), { faithfulness: 1 });
    assert.deepEqual(await selected('faithfulness { counts a: agreement }'), { faithfulness: 1, agreement: 1 });
    assert.deepEqual(await selected('ablations { drop }'), { 'ablations.ZERO': 10 });
    assert.deepEqual(
      await selected('a: ablations(first: 3, replacement: MEAN) { drop } b: ablations(first: 2) { drop }'),
      { 'ablations.MEAN': 3, 'ablations.ZERO': 2 },
    );
  });

  it('reads fragments, merged fields and variables', async () => {
    const fragments = `fragment All on LogitAttribution { layers { ...Heads } edges(first: $edges) { score } }
      fragment Heads on LayerAttribution { heads { s: sources { shape } } }`;
    assert.deepEqual(
      await selected('...All layers { neurons(first: $neurons) { neuron } }', {
        fragments,
        head: '($neurons: Int!, $edges: Int! = 4)',
        variables: { neurons: 7 },
      }),
      { layers: 1, [sourcesGrain]: 1, neurons: 7, 'edges.TOTAL': 4 },
    );
  });

  it('leaves out what @skip and @include leave out, on fields and on fragments', async () => {
    const options = {
      head: '($yes: Boolean!, $no: Boolean!)',
      variables: { yes: true, no: false },
      fragments: 'fragment Neurons on LogitAttribution { layers { neurons { neuron } } }',
    };
    assert.deepEqual(
      await selected(
        'bias layers @skip(if: $yes) { layer } ...Neurons @include(if: $no) ... @include(if: $no) { edges { score } }',
        options,
      ),
      nothing,
    );
    assert.deepEqual(await selected('...Neurons @skip(if: $no) bias @include(if: $yes)', options), {
      layers: 1,
      neurons: 10,
    });
  });

  it('is read in the same way below a run that is asked for by its id', async () => {
    assert.deepEqual(await selected('bias', { through: 'node' }), nothing);
    assert.deepEqual(await selected('layers { neurons(first: 2) { neuron } }', { through: 'node' }), {
      layers: 1,
      neurons: 2,
    });
  });

  it('has nothing of a count out of bounds, which its field alone is refused for', async () => {
    for (const through of ['query', 'node'] as const)
      for (const first of [-1, 1001]) {
        const fields = `layers { neurons(first: ${first}) { neuron } } edges(first: ${first}) { score }
          ablations(first: ${first}) { drop } paths(first: ${first}) { longer } a: edges(first: 3, path: DIRECT) { score }`;
        assert.deepEqual(await selected(fields, { through }), { layers: 1, 'edges.DIRECT': 3 });
      }
  });
});
