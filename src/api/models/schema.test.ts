/** How a text is split, and what keeps it from being. */
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
    source: '{ model(name: "m") { tokenize(text: "%") { id } } }',
    contextValue: { catalogue: { get: async () => ({ checkpoint: { tokenizer: { encode } }, specification: {} }) } },
  });
  assert.deepEqual(
    errors?.map(({ message, extensions }) => [message, extensions.code]),
    [[fault.message, 'PROMPT']],
  );
});
