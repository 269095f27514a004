/** Global ids: what has one is found by it, and what is none costs nothing else of a request. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it, mock } from 'node:test';
import { isObjectType } from 'graphql';
import { schema } from '../../src/api/schema.ts';
import { RunStore } from '../../src/runs/store.ts';
import { postQuery, queryData } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

const question = 'input: { model: "llama", prompt: { tokenIds: [5, 9, 70, 12] } }';

interface Identified {
  readonly __typename: string;
  readonly id: string;
}

describe('a global id', () => {
  let server: TestServer;
  let attribution: { id: string; tokens: { score: number }[]; run: { id: string }; model: { id: string } };
  /** Open as long as the server is: with the last connection to it, SQLite removes files that the server has open. */
  let database: DatabaseSync;
  const experiment = btoa('Experiment:e1');
  before(async () => {
    server = await startTestServer();
    const asked = `{ logitAttribution(${question}) { ... on LogitAttribution { id tokens { score } run { id } model { id } } } }`;
    ({ logitAttribution: attribution } = await queryData<{ logitAttribution: typeof attribution }>(server.url, asked));
    database = new DatabaseSync(server.settings.databaseUrl.slice('file:'.length));
    database.exec(`INSERT INTO "Experiment" ("id", "name", "createdAt") SELECT 'e1', 'first', "createdAt" FROM "Run"`);
    database.exec(`INSERT INTO "ExperimentRun" SELECT 'e1', "id", "createdAt" FROM "Run"`);
  });
  after(async () => {
    await server.close();
    database.close();
  });

  const nodes = async (ids: readonly string[], fields = '__typename id') =>
    (
      await queryData<{ nodes: (Identified | null)[] }>(
        server.url,
        `query ($ids: [ID!]!) { nodes(ids: $ids) { ${fields} } }`,
        { ids },
      )
    ).nodes;

  it('is what every type with an `id` has, as a Node', () => {
    for (const type of Object.values(schema.getTypeMap()))
      if (isObjectType(type) && type.getFields().id)
        assert.ok(
          type.getInterfaces().some(({ name }) => name === 'Node'),
          type.name,
        );
  });

  it('finds each of its kind, which has it', async () => {
    const ids = [attribution.model.id, attribution.run.id, attribution.id, experiment];
    assert.equal(new Set(ids).size, 4);
    const types = ['Model', 'Run', 'LogitAttribution', 'Experiment'];
    assert.deepEqual(
      await nodes(ids),
      ids.map((id, place) => ({ __typename: types[place], id })),
    );
    for (const [place, id] of ids.entries()) {
      const { node } = await queryData<{ node: Identified }>(server.url, `{ node(id: "${id}") { __typename id } }`);
      assert.deepEqual(node, { __typename: types[place], id });
    }
    const named = await nodes([experiment], '... on Experiment { name createdAt }');
    assert.equal((named[0] as unknown as { name: string }).name, 'first');
  });

  it('of an attribution finds what is stored of it, and has computed what is selected of it alone', async () => {
    const [found] = await nodes([attribution.id], '... on LogitAttribution { tokens { score } run { id } }');
    const { tokens, run } = attribution;
    assert.deepEqual(found, { tokens, run });
    const computed = mock.method(server.queue, 'run');
    await nodes([attribution.id, attribution.run.id], '... on LogitAttribution { bias } ... on Run { status }');
    assert.equal(computed.mock.callCount(), 0);
    const fields = '... on LogitAttribution { layers { residual } } ... on Run { attribution { bias } }';
    const [{ layers }] = (await nodes([attribution.id], fields)) as unknown as [{ layers: { residual: number }[] }];
    assert.deepEqual(
      computed.mock.calls.map(({ arguments: [, , request] }) => (request as { selection: object }).selection),
      [{ layers: 1 }],
    );
    computed.mock.restore();
    const asked = `{ logitAttribution(${question}) { ... on LogitAttribution { layers { residual } } } }`;
    assert.deepEqual(await queryData(server.url, asked), { logitAttribution: { layers } });
  });

  it('finds the same as often as it is asked for, in one list and under several names', async () => {
    const ids = [attribution.model.id, attribution.run.id, attribution.id, experiment];
    const told = await nodes(ids);
    assert.deepEqual(await nodes([...ids, ...ids, ...ids]), [...told, ...told, ...told]);
    const named = ids.map(
      (id, place) => `a${place}: node(id: "${id}") { __typename id } b${place}: node(id: "${id}") { __typename id }`,
    );
    assert.deepEqual(
      Object.values(await queryData<object>(server.url, `{ ${named.join(' ')} }`)),
      told.flatMap((node) => [node, node]),
    );
  });

  it('of a run finds all of it', async () => {
    const fields =
      'kind input { __typename prompt { text } target { kind } } events { edges { cursor } } attribution { id }';
    const [found] = await nodes([attribution.run.id], `... on Run { ${fields} }`);
    const { run } = await queryData<{ run: object }>(server.url, `{ run(id: "${attribution.run.id}") { ${fields} } }`);
    assert.deepEqual(found, run);
    assert.equal((run as { attribution: Identified }).attribution.id, attribution.id);
  });

  it('of nothing is null, and so is what is none, without an error and beside those that there are', async () => {
    const none = [
      ...['', 'x', '%', 'Run', '🙂', `${attribution.run.id}x`, ` ${attribution.run.id}`, atob(attribution.run.id)],
      ...['Run:x', 'Model:nothing', 'LogitAttribution:x', 'Experiment:x', 'BrokenModel:llama', 'Model:'].map(btoa),
      ...['Token:3', 'Query:1', 'Nothing:1', 'Node:1', 'RunStatus:1', '__Type:1', ':1'].map(btoa),
    ];
    const found = await nodes([attribution.run.id, ...none, attribution.model.id]);
    assert.deepEqual(
      found.map((node) => node?.__typename ?? null),
      ['Run', ...none.map(() => null), 'Model'],
    );
    for (const id of none) {
      const data = await queryData(server.url, 'query ($id: ID!) { node(id: $id) { id } run(id: $id) { status } }', {
        id,
      });
      // A run is also found by the part of its id that is its own.
      const ownId = `Run:${id}` === atob(attribution.run.id);
      assert.deepEqual(data, { node: null, run: ownId ? { status: 'COMPLETED' } : null }, id);
    }
  });

  it('that cannot be read is an error of its own place', async () => {
    const find = RunStore.prototype.find;
    const lost = btoa('Run:lost');
    mock.method(RunStore.prototype, 'find', function (this: RunStore, id: string) {
      return id === 'lost' ? Promise.reject(new Error('gone')) : find.call(this, id);
    });
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const answer = await postQuery(server.url, query, { ids: [attribution.run.id, lost, attribution.model.id] });
    mock.restoreAll();
    const { data, errors } = (await answer.json()) as { data: object; errors: { path: unknown[] }[] };
    assert.deepEqual(data, { nodes: [{ id: attribution.run.id }, null, { id: attribution.model.id }] });
    assert.deepEqual(
      errors.map(({ path }) => path),
      [['nodes', 1]],
    );
  });

  it('of a run that has no answer is no attribution', async () => {
    const { startCirculation } = await queryData<{ startCirculation: { run: { id: string } } }>(
      server.url,
      `mutation { startCirculation(${question}) { ... on RunPayload { run { id } } } }`,
    );
    const circulation = atob(startCirculation.run.id).replace('Run', 'LogitAttribution');
    assert.deepEqual(await nodes([btoa(circulation)]), [null]);
  });
});
