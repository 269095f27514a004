/** One rule for all lists: the pages are the list, and what is no page is an error of that list alone. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import { DeleteRunDocument, RunEventsDocument } from '../../src/client/generated/graphql.ts';
import type { OpenedStore } from '../../src/runs/dialect.ts';
import { openBeside } from '../../src/runs/open.ts';
import { referenceFolder } from '../reference/reference.ts';
import { postQuery, queryData } from '../support/post-query.ts';
import { onEachStore } from '../support/stores.ts';
import { collect, type TestServer } from './harness.ts';

interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

interface Connection {
  readonly edges: readonly { readonly cursor: string; readonly node: Record<string, unknown> }[];
  readonly pageInfo: PageInfo;
}

/** Of each list how it is asked for, with its arguments in the place of `PAGE`; what tells its items apart; how large a page may be. */
const lists = {
  models: { query: '{ list: models(PAGE) { LIST } }', key: 'name', most: 100 },
  runs: { query: '{ list: runs(PAGE) { LIST } }', key: 'id', most: 100 },
  experiments: { query: '{ list: experiments(PAGE) { LIST } }', key: 'id', most: 100 },
  events: { query: '{ run(id: "RUN") { list: events(PAGE) { LIST } } }', key: 'seq', most: 200 },
} as const;
type Name = keyof typeof lists;

onEachStore('a list in pages', ({ startTestServer }) => {
  let server: TestServer;
  let run: string;
  let opened: OpenedStore;
  before(async () => {
    server = await startTestServer();
    // Seven models, one of them broken; runs; experiments; and a run of eight events.
    for (const name of ['a', 'b/c', 'd', 'z'])
      await cp(referenceFolder('gpt2-plain'), join(server.models, name), { recursive: true });
    await cp(referenceFolder('llama-grouped'), join(server.models, 'broken'), {
      recursive: true,
      filter: (path) => !path.endsWith('tokenizer.json'),
    });
    const ask = (ids: number[]) =>
      `mutation { startCirculation(input: { model: "sample", prompt: { tokenIds: [${ids}] } }) { ... on RunPayload { run { id } } } }`;
    for (let seed = 0; seed < 7; seed++) {
      const { startCirculation } = await queryData<{ startCirculation: { run: { id: string } } }>(
        server.url,
        ask([seed, 2]),
      );
      run = startCirculation.run.id;
      await collect(server.client.followRun(run));
    }
    opened = await openBeside(server.settings.databaseUrl);
    for (let index = 0; index < 7; index++)
      await opened.database.$executeRawUnsafe(
        `INSERT INTO "Experiment" ("id", "name", "createdAt") SELECT 'e${index}', '${index}', "createdAt" FROM "Run" LIMIT 1`,
      );
  });
  after(async () => {
    await opened.close();
    await server.close();
  });

  const documentOf = (name: Name, page: string) =>
    lists[name].query
      .replace('PAGE', page || 'first: null')
      .replace('RUN', run)
      .replace(
        'LIST',
        `edges { cursor node { ${name === 'experiments' || name === 'runs' ? 'id' : name === 'models' ? 'id name' : 'seq'} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`,
      );
  const listOf = async (name: Name, page = ''): Promise<Connection> => {
    const data = await queryData<{ list?: Connection; run?: { list: Connection } }>(server.url, documentOf(name, page));
    return (data.list ?? data.run?.list) as Connection;
  };
  const keysOf = (name: Name, { edges }: Connection) => edges.map(({ node }) => node[lists[name].key]);

  for (const name of Object.keys(lists) as Name[]) {
    describe(`of ${name}`, () => {
      let all: unknown[];
      let cursors: string[];
      before(async () => {
        const list = await listOf(name, `first: ${lists[name].most}`);
        all = keysOf(name, list);
        cursors = list.edges.map(({ cursor }) => cursor);
        assert.ok(all.length >= 6 && new Set(cursors).size === all.length);
      });

      it('is the whole list, page after page, from either end', async () => {
        for (const size of [1, 2, 3, 100]) {
          const forward: unknown[] = [];
          for (let page = await listOf(name, `first: ${size}`); ; ) {
            forward.push(...keysOf(name, page));
            if (!page.pageInfo.hasNextPage) break;
            page = await listOf(name, `first: ${size}, after: "${page.pageInfo.endCursor}"`);
            assert.equal(page.pageInfo.hasPreviousPage, true);
          }
          assert.deepEqual(forward, all, `${size} at once`);
          const backward: unknown[] = [];
          for (let page = await listOf(name, `last: ${size}`); ; ) {
            backward.unshift(...keysOf(name, page));
            if (!page.pageInfo.hasPreviousPage) break;
            page = await listOf(name, `last: ${size}, before: "${page.pageInfo.startCursor}"`);
            assert.equal(page.pageInfo.hasNextPage, true);
          }
          assert.deepEqual(backward, all, `${size} at once, from the end`);
        }
      });

      it('lies between two cursors, and without a number is as many as there is room for', async () => {
        const between = `after: "${cursors[0]}", before: "${cursors[4]}"`;
        assert.deepEqual(keysOf(name, await listOf(name, between)), all.slice(1, 4));
        assert.deepEqual(keysOf(name, await listOf(name, `first: 2, ${between}`)), all.slice(1, 3));
        assert.deepEqual(keysOf(name, await listOf(name, `last: 2, ${between}`)), all.slice(2, 4));
        assert.deepEqual(keysOf(name, await listOf(name, `before: "${cursors[4]}"`)), all.slice(0, 4));
        assert.deepEqual(keysOf(name, await listOf(name, `after: null, before: null, last: null`)), all);
      });

      it('may be empty, and then has no cursors', async () => {
        for (const [page, next, previous] of [
          ['first: 0', true, false],
          ['last: 0', false, true],
          [`first: 3, after: "${cursors.at(-1)}"`, false, true],
          [`after: "${cursors[2]}", before: "${cursors[1]}"`, false, true],
        ] as const) {
          const { edges, pageInfo } = await listOf(name, page);
          const expected = { hasNextPage: next, hasPreviousPage: previous, startCursor: null, endCursor: null };
          assert.deepEqual({ edges, pageInfo }, { edges: [], pageInfo: expected }, page);
        }
      });

      it('is none where the arguments name none, which costs nothing else of the request', async () => {
        const other = name === 'models' ? btoa(`Run:${atob(run)}`) : btoa('Model:llama');
        for (const [page, message] of [
          ['first: -1', /^`first` is a whole number from 0 to \d00, not -1$/],
          ['last: -2147483648', /^`last` is a whole number from 0 to \d00, not -2147483648$/],
          [`first: ${lists[name].most + 1}`, RegExp(`from 0 to ${lists[name].most}, not ${lists[name].most + 1}$`)],
          [`last: 2147483647`, /^`last` is a whole number from 0 to \d00, not 2147483647$/],
          ['first: 1, last: 1', /`first` or its `last`/],
          ...[
            '',
            'x',
            '-1',
            '3.5',
            btoa('OffsetConnection:1'),
            btoa('Run:x'),
            other,
            `${cursors[1]}=`,
            `${cursors[1]} `,
          ].flatMap((cursor) =>
            ['after', 'before'].map(
              (argument) =>
                [
                  `first: 2, ${argument}: ${JSON.stringify(cursor)}`,
                  /is no cursor of this list; take a `cursor`/,
                ] as const,
            ),
          ),
        ] as const) {
          const document = documentOf(name, page).replace(/\}$/, ' other: __typename }');
          const { data, errors } = (await (await postQuery(server.url, document)).json()) as {
            data: Record<string, unknown>;
            errors: { message: string; path: unknown[]; extensions: { code?: string } }[];
          };
          const expected = name === 'events' ? { run: { list: null }, other: 'Query' } : { list: null, other: 'Query' };
          assert.deepEqual(data, expected, page);
          assert.equal(errors.length, 1);
          assert.match(errors[0]?.message ?? '', message);
          assert.deepEqual(errors[0]?.path.at(-1), 'list');
          assert.equal(errors[0]?.extensions.code, 'INPUT');
        }
      });

      it('is the same over a WebSocket, errors and all', async () => {
        const client = createClient({ url: server.url.replace('http', 'ws') });
        for (const page of ['first: 2', 'first: -1', `after: "x"`]) {
          const query = documentOf(name, page);
          const [told] = await collect(client.iterate({ query }));
          assert.deepEqual(told, await (await postQuery(server.url, query)).json());
        }
        await client.dispose();
      });
    });
  }

  it('goes on behind a run that was deleted, at the place that it had', async () => {
    const { edges } = await listOf('runs', 'first: 4');
    const [, second, third] = edges;
    await server.client.request(DeleteRunDocument, { id: second?.node.id as string });
    assert.deepEqual((await listOf('runs', `first: 1, after: "${second?.cursor}"`)).edges, [third]);
    assert.deepEqual((await listOf('runs', `last: 1, before: "${second?.cursor}"`)).edges, [edges[0]]);
  });

  it('of models has those that can be used and those that cannot, by their names', async () => {
    assert.deepEqual(keysOf('models', await listOf('models')), ['a', 'b/c', 'broken', 'd', 'llama', 'sample', 'z']);
  });

  it('of events has their `seq` for cursors, by which a stream goes on', async () => {
    const { edges, pageInfo } = await listOf('events', 'first: 3');
    assert.deepEqual(
      edges.map(({ cursor, node }) => [cursor, node.seq]),
      [
        ['0', 0],
        ['1', 1],
        ['2', 2],
      ],
    );
    const after = Number(pageInfo.endCursor);
    const rest = await collect(server.client.subscribe(RunEventsDocument, { runId: run, after }));
    assert.deepEqual(
      rest.map(({ runEvents }) => 'seq' in runEvents && String(runEvents.seq)),
      (await listOf('events', `after: "${after}"`)).edges.map(({ cursor }) => cursor),
    );
    // A place that no event has yet, in a run that may still be told of.
    assert.deepEqual((await listOf('events', 'after: "1000"')).edges, []);
    assert.deepEqual((await listOf('events', 'last: 1')).edges[0]?.node.seq, rest.length + 2);
  });

  it('of events is an error of its own where they were made without what is selected', async () => {
    const asked =
      'subscription { circulation(input: { model: "llama", prompt: { tokenIds: [5, 6] } }) { ... on RunEvent { run { id } } } }';
    const client = createClient({ url: server.url.replace('http', 'ws') });
    const [first] = await collect(client.iterate<{ circulation: { run: { id: string } } }>({ query: asked }));
    await client.dispose();
    const id = first?.data?.circulation.run.id;
    const query = `{ run(id: "${id}") { status events { edges { node { ... on LayerCirculated { lens { rank } } } } } } }`;
    const { data, errors } = (await (await postQuery(server.url, query)).json()) as {
      data: object;
      errors: { extensions: object }[];
    };
    assert.deepEqual(data, { run: { status: 'COMPLETED', events: null } });
    assert.deepEqual(
      errors.map(({ extensions }) => extensions),
      [{ code: 'RUN_STATE' }],
    );
  });
});
