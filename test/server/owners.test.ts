/** What one owner has stored is, to another, as if it were not there: by every field that takes an id or gives a list. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedInputType,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { schema } from '../../src/api/schema.ts';
import { type Asking, askingAs, namedPrincipal } from '../support/as-owner.ts';
import { ghost, storeThings, type Things, type Try, tries, unsaid } from '../support/stored-things.ts';
import { onEachStore } from '../support/stores.ts';
import type { TestServer } from './harness.ts';

/** Fields that ask a model, or tell of models, of who asks or, to who manages, of the database, and reach nothing of anybody's; `runChanges` and what starts runs have tests of their own. */
const others = [
  ...['activations', 'circuits', 'citedContext', 'estimate', 'lens', 'logitAttribution', 'logitAttributions'],
  ...['me', 'storage', 'model', 'models', 'targetCandidates', 'workers'],
].map((name) => `Query.${name}`);
others.push(
  ...['circulation', 'generation', 'logitAttribution', 'modelChanges', 'runChanges', 'workersChanged'].map(
    (name) => `Subscription.${name}`,
  ),
);
others.push(
  ...['createExperiment', 'startCirculation', 'startGeneration', 'startLogitAttribution', 'startLogitAttributions'].map(
    (name) => `Mutation.${name}`,
  ),
);

/** Where in what a field is given an id may stand. */
function idsIn(args: readonly (GraphQLArgument | GraphQLInputField)[], of = ''): string[] {
  const seen = new Set<GraphQLNamedInputType>();
  const walk = (fields: readonly (GraphQLArgument | GraphQLInputField)[], of: string): string[] =>
    fields.flatMap((field) => {
      const type = getNamedType(field.type);
      if (type.name === 'ID') return [`${of}${field.name}`];
      if (!isInputObjectType(type) || seen.has(type)) return [];
      seen.add(type);
      return walk(Object.values(type.getFields()), `${type.name}.`);
    });
  return walk(args, of);
}

onEachStore('what somebody else has stored', ({ startTestServer }) => {
  let server: TestServer;
  let ann: Asking;
  let bob: Asking;
  let ofAnn: Things;
  /** What Bob was told before there was anything, of what is not there. */
  const before_ = new Map<Try, string>();
  const ask = (asking: Asking, { query, variables }: Try, things: Things) => asking.told(query, variables?.(things));
  before(async () => {
    server = await startTestServer({}, namedPrincipal);
    [ann, bob] = [askingAs(server.url, 'ann'), askingAs(server.url, 'bob')];
    for (const one of Object.values(tries).flat()) before_.set(one, unsaid(await ask(bob, one, ghost), ghost));
    ofAnn = await storeThings(ann);
  });
  after(() => server.close());

  it('has a try for every field that reaches what is stored, and for every id that one takes', () => {
    const roots = {
      Query: schema.getQueryType(),
      Mutation: schema.getMutationType(),
      Subscription: schema.getSubscriptionType(),
    };
    for (const [root, type] of Object.entries(roots))
      for (const field of Object.values(type?.getFields() ?? {})) {
        const name = `${root}.${field.name}`;
        const ids = idsIn(field.args);
        const known = tries[name] ?? (others.includes(name) ? [] : undefined);
        assert.ok(known, `${name} is not among the fields that are tried`);
        const tried = new Set(known.flatMap((one) => one.ids ?? []));
        assert.deepEqual(
          ids.filter((id) => !tried.has(id)),
          [],
          `${name} takes ids that are not tried`,
        );
      }
    for (const type of Object.values(schema.getTypeMap()))
      if ((isObjectType(type) || isInterfaceType(type)) && !Object.values(roots).includes(type as never))
        for (const field of Object.values(type.getFields()))
          assert.deepEqual(idsIn(field.args), [], `${type.name}.${field.name} takes an id, and no try gives it one`);
  });

  for (const [name, some] of Object.entries(tries))
    it(`is as if it were not there, by ${name}`, async () => {
      const secrets = [
        ...Object.values(ofAnn),
        ...Object.values(ofAnn).map((id) => id.slice(0, 12)),
        'Zanzibar',
        'what Ann',
      ];
      for (const one of some) {
        const said = await ask(bob, one, ofAnn);
        const told = unsaid(said, ofAnn);
        assert.equal(told, before_.get(one), one.query);
        const sent = JSON.stringify(one.variables?.(ofAnn) ?? {});
        for (const secret of secrets)
          if (!sent.includes(secret)) assert.ok(!said.includes(secret), `${secret} in ${said}`);
      }
    });

  it('is read and changed by whoever stored it: each of these fields tells them something else', async () => {
    const alike: string[] = [];
    for (const one of Object.values(tries).flat()) {
      const told = unsaid(await ask(ann, one, ofAnn), ofAnn);
      if (told === before_.get(one) || /GRAPHQL_VALIDATION_FAILED|QUERY_COMPLEXITY/.test(told))
        alike.push(`${one.query} ${told}`);
    }
    // An upload is found by what takes its rows alone.
    assert.deepEqual(
      alike.filter((one) => !one.includes('{"data":{"node":null}}')),
      [],
    );
  });
});
