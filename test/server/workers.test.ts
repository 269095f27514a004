/** The worker of a server that computes by itself, over real sockets. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { encodeGlobalID } from '@pothos/plugin-relay';
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

const modelsQuery = '{ models { edges { node { name ... on Model { revision } } } } }';

interface Named {
  readonly name: string;
  readonly revision?: string;
}

interface Asked {
  readonly models: { readonly edges: readonly { readonly node: Named }[] };
}

interface Found {
  readonly node: { readonly id: string; readonly lastSeen: string; readonly models: readonly Named[] } | null;
}

describe('workers', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ WEIGHTS: 'packed' });
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
    const asked = await queryData<Asked>(server.url, modelsQuery);
    const sound = asked.models.edges.flatMap(({ node }) => (node.revision ? node : []));
    assert.deepEqual(
      models.map((model) => model.name),
      sound.map((model) => model.name),
    );
    const worked = `{ node(id: "${id}") { id ... on Worker { lastSeen models { name revision } } } }`;
    const { node } = await queryData<Found>(server.url, worked);
    assert.deepEqual([node?.id, node?.models], [id, sound]);
    assert.ok(Math.abs(Date.parse(there(node).lastSeen) - Date.now()) < 60_000);
    const gone = `{ node(id: "${encodeGlobalID('Worker', 'gone')}") { id } }`;
    assert.equal((await queryData<Found>(server.url, gone)).node, null);
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
