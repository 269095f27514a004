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
const run = { id: 'a', contentHash: 'b', experimentId: 'c', modelName: 'd', question };
const catalogue = { list: async () => ({ models: [], broken: [] }), get: () => Promise.reject(fault) };
const broken = { find: refused, list: refused, experiments: refused, eventsOf: refused, experiment: refused };

for (const [field, runs] of [
  ['run(id: "a") { id }', broken],
  ['run(id: "a") { events { edges { cursor } } }', { ...broken, find: async () => run }],
  ['run(id: "a") { experiment { name } }', { ...broken, find: async () => run }],
  [`node(id: "${encodeGlobalID('Run', 'a')}") { id }`, broken],
  ['runs { edges { cursor } }', broken],
  ['experiments { edges { cursor } }', broken],
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
