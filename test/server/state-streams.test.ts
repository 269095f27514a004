/** How models and runs stand, over real sockets: at once, then whenever it changes, and the newest alone. */
import assert from 'node:assert/strict';
import { cp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, mock } from 'node:test';
import { type GraphQLObjectType, print } from 'graphql';
import { createClient } from 'graphql-ws';
import { schema } from '../../src/api/schema.ts';
import {
  CancelRunDocument,
  DeleteRunDocument,
  LogitAttributionDocument,
  ModelChangesDocument,
  type ModelChangesSubscription,
  RunChangesDocument,
  type RunChangesSubscription,
  StartCirculationDocument,
} from '../../src/client/generated/graphql.ts';
import { Follower } from '../support/follower.ts';
import { postQuery, queryData } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

type ModelChange = Extract<ModelChangesSubscription['modelChanges'], { __typename: 'ModelChanges' }>;
type RunChange = Extract<RunChangesSubscription['runChanges'], { __typename: 'RunChanges' }>;

describe('streams of states', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const models = (name?: string) => {
    const stream = server.client.subscribe(ModelChangesDocument, { name: name ?? null });
    return {
      stream,
      next: async (): Promise<ModelChange> => {
        const { value } = await stream.next();
        assert.equal(value?.modelChanges.__typename, 'ModelChanges');
        return value?.modelChanges as ModelChange;
      },
    };
  };
  const runs = (filter: Parameters<typeof server.client.subscribe>[1] | null = null) => {
    const stream = server.client.subscribe(RunChangesDocument, { filter });
    return {
      stream,
      next: async (): Promise<RunChange> => {
        const { value } = await stream.next();
        assert.equal(value?.runChanges.__typename, 'RunChanges');
        return value?.runChanges as RunChange;
      },
    };
  };
  const attribute = (tokenIds: number[], model = 'llama') =>
    server.client.request(LogitAttributionDocument, { input: { model, prompt: { tokenIds } } });
  const start = async (tokenIds: number[]) => {
    const input = { model: 'llama', prompt: { tokenIds } };
    const { startCirculation } = await server.client.request(StartCirculationDocument, { input });
    assert.ok(startCirculation.__typename === 'RunPayload');
    return startCirculation.run.id;
  };

  it('tell of all models at once, then of the one that loads, until it is ready', async () => {
    const { stream, next } = models();
    const first = await next();
    assert.deepEqual(
      first.changed.map(({ name, status }) => [name, status]),
      [
        ['llama', 'UNLOADED'],
        ['sample', 'UNLOADED'],
      ],
    );
    assert.deepEqual(first.removed, []);
    const answer = attribute([1, 2]);
    const seen: string[] = [];
    let loaded = 0;
    for (;;) {
      const { changed, removed } = await next();
      assert.deepEqual([changed.map(({ name }) => name), removed], [['llama'], []]);
      const [model] = changed;
      assert.ok(model?.__typename === 'Model');
      seen.push(model.status);
      if (model.status === 'LOADING') {
        assert.ok(model.progress && model.progress.loaded >= loaded && model.progress.loaded <= model.progress.total);
        loaded = model.progress.loaded;
      } else assert.equal(model.progress, null);
      if (model.status !== 'READY') continue;
      assert.equal(model.weights, 'LEAN');
      break;
    }
    assert.ok(seen.slice(0, -1).every((status) => status === 'LOADING'));
    assert.equal((await answer).logitAttribution.__typename, 'LogitAttribution');
    await stream.return?.();
  });

  it('tell of what comes into the models folder, breaks and goes, and follow one model alone', async () => {
    const [all, one] = [models(), models('sample')];
    await all.next();
    assert.deepEqual(
      (await one.next()).changed.map(({ name }) => name),
      ['sample'],
    );
    // As `models add` puts one there: all at once.
    await cp(join(server.models, 'llama'), join(server.settings.modelsDir, '.coming'), { recursive: true });
    await rename(join(server.settings.modelsDir, '.coming'), join(server.models, 'another'));
    const [came] = (await all.next()).changed;
    assert.deepEqual([came?.__typename, came?.name, came?.status], ['Model', 'another', 'UNLOADED']);
    await writeFile(join(server.models, 'another', 'config.json'), '{');
    const [broken] = (await all.next()).changed;
    assert.deepEqual([broken?.__typename, broken?.name, broken?.status], ['BrokenModel', 'another', 'BROKEN']);
    assert.match(broken?.error ?? '', /config\.json/);
    await rm(join(server.models, 'another'), { recursive: true });
    // Files go one after the other: it may be found without some of them before it is gone.
    let change = await all.next();
    while (change.removed.length === 0) change = await all.next();
    assert.deepEqual(change.removed, ['another']);
    const waiting = one.next();
    await attribute([1], 'sample');
    assert.deepEqual(
      (await waiting).changed.map(({ name }) => name),
      ['sample'],
    );
    await Promise.all([all.stream.return?.(), one.stream.return?.()]);
  });

  it('refuse the name of no model by the first and only event', async () => {
    const told = await Array.fromAsync(server.client.subscribe(ModelChangesDocument, { name: 'nobody' }));
    assert.equal(told.length, 1);
    const [{ modelChanges: event } = assert.fail()] = told;
    assert.ok(event.__typename === 'UnknownModelError');
    assert.match(event.message, /"nobody".*llama/);
  });

  it('watch nothing any more when those who followed have left, at once', async () => {
    const stops: ReturnType<typeof Promise.withResolvers<void>>[] = [];
    const watch = server.queue.watch.bind(server.queue);
    mock.method(server.queue, 'watch', (listener: () => void) => {
      const stopped = Promise.withResolvers<void>();
      stops.push(stopped);
      const stop = watch(listener);
      return () => {
        stop();
        stopped.resolve();
      };
    });
    const { stream, next } = models();
    await next();
    const waiting = stream.next();
    await stream.return?.();
    assert.equal((await waiting).done, true);
    await stops[0]?.promise;
    const gone = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const cutOff = gone.iterate({ query: print(ModelChangesDocument) });
    await cutOff.next();
    gone.terminate();
    await assert.rejects(cutOff.next());
    await stops[1]?.promise;
    mock.restoreAll();
  });

  it('miss no run between the list and what follows it, and come to the same as the list', async () => {
    const { stream, next } = runs();
    const first = await next();
    assert.deepEqual(
      { ...first, __typename: undefined },
      { __typename: undefined, changed: [], removed: [], missed: false },
    );
    const early = Array.from({ length: 10 }, (_, seed) => attribute([7, seed]));
    const query = '{ runs(first: 100) { edges { node { id status eventCount } } } }';
    type Listed = { runs: { edges: { node: { id: string; status: string; eventCount: number } }[] } };
    const list = await queryData<Listed>(server.url, query);
    const late = Array.from({ length: 10 }, (_, seed) => start([8, seed + 1]));
    const known = new Map(list.runs.edges.map(({ node }) => [node.id, node]));
    const over = await Promise.all(late);
    await Promise.all(early);
    const isOver = (status: string | undefined) => status === 'COMPLETED';
    while (
      known.size < 20 ||
      over.some((id) => !isOver(known.get(id)?.status)) ||
      ![...known.values()].every(({ status }) => isOver(status))
    ) {
      const { changed, missed } = await next();
      assert.equal(missed, false);
      for (const { id, status, eventCount } of changed) known.set(id, { id, status, eventCount });
    }
    const { runs: after } = await queryData<Listed>(server.url, query);
    assert.deepEqual(
      [...known.values()].sort((a, b) => (a.id < b.id ? 1 : -1)),
      after.edges.map(({ node }) => ({ ...node })).sort((a, b) => (a.id < b.id ? 1 : -1)),
    );
    await stream.return?.();
  });

  it('tell of runs that the filter admits, and when one is no more among them', async () => {
    const { stream, next } = runs({ statuses: ['RUNNING'], kinds: ['CIRCULATION'] });
    await next();
    server.queue.holdBefore = 0;
    const id = await start([9, 9, 9]);
    const running = await next();
    assert.deepEqual(
      running.changed.map((run) => [run.id, run.status]),
      [[id, 'RUNNING']],
    );
    await server.client.request(CancelRunDocument, { id });
    // It may have told of its beginning before.
    let change = await next();
    while (change.removed.length === 0) change = await next();
    assert.deepEqual([change.changed, change.removed], [[], [id]]);
    server.queue.holdBefore = -1;
    const deleted = next();
    await server.client.request(DeleteRunDocument, { id });
    assert.deepEqual((await deleted).removed, [id]);
    await stream.return?.();
  });

  it('tell of what is not stored too, to each who selects it', async () => {
    server.queue.holdBefore = 0;
    const socket = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const query = `subscription { runChanges { ... on RunChanges { changed { id status queue { position } model { name } } } } }`;
    type Told = {
      runChanges: { changed: { id: string; status: string; queue: object | null; model: { name: string } }[] };
    };
    const stream = socket.iterate<Told>({ query });
    await stream.next();
    const first = await start([4, 4, 1]);
    const second = await start([4, 4, 2]);
    const told = new Map<string, Told['runChanges']['changed'][number]>();
    while (told.get(first)?.status !== 'RUNNING' || !told.get(second)?.queue) {
      const { value } = await stream.next();
      for (const run of value?.data?.runChanges.changed ?? []) told.set(run.id, run);
    }
    assert.equal(told.get(second)?.model.name, 'llama');
    assert.equal(told.get(first)?.queue, null);
    server.queue.holdBefore = -1;
    for (const gate of server.queue.gates) gate.release();
    await socket.dispose();
  });

  it('are executed once for all who select the same and were told the same before', async () => {
    const fields = (schema.getType('Run') as GraphQLObjectType).getFields();
    const resolving = mock.method(fields.contentHash as object as { resolve: () => unknown }, 'resolve');
    const count = 20;
    const follower = await Follower.open(server.url);
    const query = 'subscription { runChanges { ... on RunChanges { changed { id contentHash status } } } }';
    for (let index = 0; index < count; index++) follower.follow(query).catch(() => undefined);
    await follower.told(count);
    const id = await start([6, 6, 6]);
    type Told = { changed: { id: string; status: string }[] };
    const told = () => (follower.events as unknown as Told[]).flatMap(({ changed }) => changed);
    const over = () => told().filter((run) => run.id === id && run.status === 'COMPLETED').length;
    while (over() < count) await follower.told(follower.events.length + 1);
    assert.ok(told().length >= count);
    assert.ok(3 * resolving.mock.callCount() < told().length, `${resolving.mock.callCount()} of ${told().length}`);
    assert.ok(resolving.mock.callCount() > 0);
    follower.close();
    mock.restoreAll();
  });

  it('come as server-sent events too, and end with the response', async () => {
    const response = await postQuery(server.url, print(ModelChangesDocument), {}, 'text/event-stream');
    const body = response.body?.pipeThrough(new TextDecoderStream()) ?? assert.fail();
    let text = '';
    for await (const chunk of body) {
      text += chunk;
      if (/^data: .*\n/m.test(text)) break;
    }
    const [, data = ''] = /^event: next\ndata: (.*)$/m.exec(text) ?? [];
    const { modelChanges } = (JSON.parse(data) as { data: { modelChanges: ModelChange } }).data;
    assert.deepEqual(
      modelChanges.changed.map(({ name }) => name),
      ['llama', 'sample'],
    );
    const ended = await postQuery(server.url, print(ModelChangesDocument), { name: 'nobody' }, 'text/event-stream');
    assert.match(await ended.text(), /UnknownModelError.*\n\n?event: complete/s);
  });

  it('are priced by the runs and models that an event may have, and take no filter that is too long', async () => {
    const refused = async (query: string, variables: object = {}) => {
      const response = await postQuery(server.url, query, variables, 'text/event-stream');
      return response.text();
    };
    const event = 'at seq run { id } __typename';
    const selected = Array.from(
      { length: 8 },
      (_, index) => `a${index}: events(first: 200) { edges { node { ${event} } } }`,
    );
    assert.match(
      await refused(`subscription { runChanges { ... on RunChanges { changed { ${selected.join(' ')} } } } }`),
      /complexity of \d+ exceeds/,
    );
    const filter = { prompt: 'a'.repeat(1001) };
    assert.match(await refused(print(RunChangesDocument), { filter }), /has 1001 characters/);
  });

  it('end for all when the server stops', async () => {
    const own = await startTestServer();
    const socket = createClient({ url: own.url.replace('http', 'ws'), retryAttempts: 0 });
    const following = socket.iterate({ query: print(RunChangesDocument) });
    await following.next();
    const response = await postQuery(own.url, print(ModelChangesDocument), {}, 'text/event-stream');
    const ended = [following.next().catch(() => ({ done: true })), response.text()] as const;
    await own.close();
    assert.equal((await ended[0]).done, true);
    assert.match(await ended[1], /event: complete/);
    await socket.dispose();
  });
});
