/** What keeps models from being listed, and texts from being split. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { graphql } from 'graphql';
import { TributaryError } from '../../errors.ts';
import { schema } from '../schema.ts';

it('tells in full why a text cannot be split', async () => {
  const fault = new TributaryError('PROMPT', 'The vocabulary cannot write "%"');
  const encode = () => {
    throw fault;
  };
  const { errors } = await graphql({
    schema,
    source: '{ model(name: "m") { ... on Model { tokenize(text: "%") { tokenId } } } }',
    contextValue: { catalogue: { get: async () => ({ checkpoint: { tokenizer: { encode } }, specification: {} }) } },
  });
  assert.deepEqual(
    errors?.map(({ message, extensions }) => [message, extensions.code]),
    [[fault.message, 'PROMPT']],
  );
});

it('tells the rest of a model of which a field cannot be told', async () => {
  const fault = new TributaryError('CHECKPOINT', 'model.safetensors is gone');
  const checkpoint = {
    revision: () => Promise.reject(fault),
    tokenizer: {
      encode: () => {
        throw fault;
      },
    },
  };
  const { data, errors } = await graphql({
    schema,
    source: '{ models { edges { node { name ... on Model { revision tokenize(text: "a") { text } } } } } }',
    contextValue: {
      catalogue: { list: async () => ({ models: [{ name: 'm', checkpoint, specification: {} }], broken: [] }) },
    },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(data)), {
    models: { edges: [{ node: { name: 'm', revision: null, tokenize: null } }] },
  });
  assert.deepEqual(
    errors?.map(({ message, extensions }) => [message, extensions.code]),
    Array(2).fill([fault.message, 'CHECKPOINT']),
  );
});

for (const field of ['models { edges { cursor } }', 'model(name: "m") { name }']) {
  it(`tells in full why there are no ${field}`, async () => {
    const fault = new TributaryError('OVER_CAPACITY', 'The server has too many files open');
    const { errors } = await graphql({
      schema,
      source: `{ ${field} }`,
      contextValue: { catalogue: { list: () => Promise.reject(fault), get: () => Promise.reject(fault) } },
    });
    assert.deepEqual(
      errors?.map(({ message, extensions }) => [message, extensions.code]),
      [[fault.message, 'OVER_CAPACITY']],
    );
  });
}
