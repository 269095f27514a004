/** What is told where runs cannot be read. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { encodeGlobalID } from '@pothos/plugin-relay';
import { graphql, parse, subscribe } from 'graphql';
import { TributaryError } from '../../errors.ts';
import { schema } from '../schema.ts';

const fault = new TributaryError('OVER_CAPACITY', 'The disk fails');
const refused = () => Promise.reject(fault);
const question = { kind: 'LOGIT_ATTRIBUTION' };
const run = { id: 'a', contentHash: 'b', modelName: 'd', question };
const catalogue = { list: async () => ({ models: [], broken: [] }), get: () => Promise.reject(fault) };
const experiments = { find: refused, findByName: refused, list: refused, ofRun: refused };
const broken = { find: refused, list: refused, many: { aggregates: refused }, experiments, eventsOf: refused };

for (const [field, runs] of [
  ['run(id: "a") { id }', broken],
  ['run(id: "a") { events { edges { cursor } } }', { ...broken, find: async () => run }],
  ['run(id: "a") { experiments { name } }', { ...broken, find: async () => run }],
  [`node(id: "${encodeGlobalID('Run', 'a')}") { id }`, broken],
  ['runs { edges { cursor } }', broken],
  ['runAggregates { count }', broken],
  ['experiments { edges { cursor } }', broken],
  ['experiment(name: "a") { id }', broken],
] as const) {
  it(`tells in full why there is no answer to ${field}`, async () => {
    const { errors } = await graphql({ schema, source: `{ ${field} }`, contextValue: { runs, catalogue } });
    assert.deepEqual(
      errors?.map(({ message, extensions }) => [message, extensions.code]),
      [[fault.message, fault.code]],
    );
  });
}

it('tells who follows a run why it cannot be followed', async () => {
  const document = parse('subscription { runEvents(runId: "a") { ... on Error { code message } } }');
  const events = await subscribe({ schema, document, contextValue: { runs: broken } });
  assert.ok(Symbol.asyncIterator in events);
  const { code, message } = fault;
  assert.deepEqual(JSON.parse(JSON.stringify(await Array.fromAsync(events))), [
    { data: { runEvents: { code, message } } },
  ]);
});

it('reads the code that is stored with a run, and one that this version does not know as a fault of the server', async () => {
  for (const [stored, code] of [
    ['PROMPT', 'PROMPT'],
    ['INTERRUPTED', 'INTERRUPTED'],
    ['OF_ANOTHER_VERSION', 'INTERNAL'],
    ['constructor', 'INTERNAL'],
  ]) {
    const failed = { ...run, error: { code: stored, message: 'Why' } };
    const contextValue = { runs: { find: async () => failed }, catalogue };
    const { data, errors } = await graphql({
      schema,
      source: '{ run(id: "a") { error { code message } } }',
      contextValue,
    });
    assert.equal(errors, undefined);
    assert.deepEqual(JSON.parse(JSON.stringify(data)), { run: { error: { code, message: 'Why' } } });
  }
});

for (const [page, field] of [
  ['first: -1', 'first'],
  ['last: -1', 'last'],
  ['after: "x"', 'after'],
  ['before: "x"', 'before'],
] as const)
  it(`tells which argument of a list is wrong: ${page}`, async () => {
    const contextValue = { catalogue: { list: async () => ({ models: [], broken: [] }) } };
    const { errors } = await graphql({ schema, source: `{ models(${page}) { edges { cursor } } }`, contextValue });
    assert.deepEqual(
      errors?.map(({ extensions }) => extensions),
      [{ code: 'INPUT', field }],
    );
  });
