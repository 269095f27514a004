/** The worker of a server that computes by itself, over real sockets. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, before, describe, it } from 'node:test';
import {
  LogitAttributionDocument,
  WorkersChangedDocument,
  type WorkersChangedSubscription,
  WorkersDocument,
} from '../../src/client/generated/graphql.ts';
import { queryData } from '../support/post-query.ts';
import { there } from '../support/there.ts';
import { startTestServer, type TestServer } from './harness.ts';

type Changes = Extract<WorkersChangedSubscription['workersChanged'], { __typename: 'WorkerChanges' }>;

describe('workers', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const listed = async () => there((await server.client.request(WorkersDocument, {})).workers);
  const follow = () => {
    const stream = server.client.subscribe(WorkersChangedDocument, {});
    const next = async (): Promise<Changes> => {
      const { value } = await stream.next();
      assert.equal(value?.workersChanged.__typename, 'WorkerChanges');
      return value?.workersChanged as Changes;
    };
    return { stream, next };
  };
  const attribute = (model: string) =>
    server.client.request(LogitAttributionDocument, { input: { model, prompt: { tokenIds: [1, 2, 3] } } });

  it('are the server alone, with its models, found by its id', async () => {
    const [worker, ...others] = await listed();
    assert.deepEqual(others, []);
    const { id, name, places, running, memory, models } = there(worker);
    assert.deepEqual([name, places, running, memory.used], [hostname(), 1, 0, 0]);
    const { models: all } = await queryData(
      server,
      '{ models { edges { node { name ... on Model { revision } } } } workers { id } }',
    );
    const sound = all.edges
      .map(({ node }: { node: { revision?: string } }) => node)
      .filter(({ revision }: { revision?: string }) => revision);
    assert.deepEqual(
      models.map((model) => model.name),
      sound.map((model: { name: string }) => model.name),
    );
    const { node } = await queryData(
      server,
      `{ node(id: "${id}") { ... on Worker { id lastSeen models { name revision } } } }`,
    );
    assert.deepEqual(node.models, sound);
    assert.equal(node.id, id);
    assert.ok(Math.abs(Date.parse(node.lastSeen) - Date.now()) < 60_000);
    assert.equal((await queryData(server, '{ node(id: "V29ya2VyOm5vdGhpbmc=") { id } }')).node, null);
  });

  it('are told as they load, compute and have done so, to the newest state', async () => {
    const { stream, next } = follow();
    const first = await next();
    assert.deepEqual([first.changed, first.removed], [await listed(), []]);
    const ran = attribute('llama');
    const statuses = new Set<string>();
    let busiest = 0;
    for (let last = there(first.changed[0]); ; ) {
      const llama = there(last.models.find(({ name }) => name === 'llama'));
      statuses.add(llama.status);
      busiest = Math.max(busiest, last.running);
      if (llama.status === 'READY' && last.running === 0) {
        assert.ok(last.memory.used > 0 && last.memory.used < last.memory.total);
        assert.ok(llama.weights);
        break;
      }
      last = there((await next()).changed[0]);
    }
    await ran;
    assert.equal(busiest, 1);
    assert.ok(statuses.has('UNLOADED') && statuses.has('READY'), [...statuses].join());
    await stream.return?.();
  });
});
