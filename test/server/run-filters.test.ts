/** Runs are found by what they were asked, how far they are, and when. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import {
  CancelRunDocument,
  LogitAttributionDocument,
  type LogitAttributionInput,
  type RunFilter,
  RunsDocument,
  StartCirculationDocument,
  StartGenerationDocument,
} from '../../src/client/generated/graphql.ts';
import { postQuery } from '../support/post-query.ts';
import { onEachStore } from '../support/stores.ts';
import { collect, type TestServer } from './harness.ts';

onEachStore('a list of runs', ({ startTestServer }) => {
  let server: TestServer;
  /** Names of the runs by their ids, oldest first. */
  const names = new Map<string, string>();
  const createdAt: Record<string, string> = {};
  before(async () => {
    server = await startTestServer();
    const attribute = async (name: string, input: LogitAttributionInput) => {
      const { logitAttribution: answer } = await server.client.request(LogitAttributionDocument, { input });
      assert.ok(answer.__typename === 'LogitAttribution', JSON.stringify(answer));
      names.set(answer.run.id, name);
      createdAt[name] = answer.run.createdAt;
    };
    const circulate = async (name: string, text: string) => {
      const input = { model: 'llama', prompt: { text } };
      const { startCirculation: started } = await server.client.request(StartCirculationDocument, { input });
      assert.ok(started.__typename === 'RunPayload');
      names.set(started.run.id, name);
      createdAt[name] = started.run.createdAt;
      return started.run.id;
    };
    await attribute('frozen', { model: 'llama', prompt: { text: 'The River' } });
    await attribute('gradient', { model: 'llama', prompt: { text: 'ÜBER 100% of_it\\' }, method: 'GRADIENT' });
    await attribute('sample', { model: 'sample', prompt: { text: 'The river takes' }, method: 'GRADIENT' });
    await collect(server.client.followRun(await circulate('completed', 'a river')));
    server.queue.holdBefore = 0;
    await server.client.request(CancelRunDocument, { id: await circulate('cancelled', 'A RIVER') });
    const running = await circulate('running', '100 of it');
    await server.client.followRun(running).next();
  });
  after(() => server.close());

  const found = async (filter: RunFilter | null): Promise<string[]> => {
    const { runs } = await server.client.request(RunsDocument, { first: 100, filter });
    return runs?.edges.map(({ node }) => names.get(node.id) ?? '') ?? [];
  };
  const all = ['running', 'cancelled', 'completed', 'sample', 'gradient', 'frozen'];

  it('is of all of them, newest first, where nothing is asked of them', async () => {
    for (const filter of [null, {}, { kinds: null, prompt: null }, { prompt: '' }])
      assert.deepEqual(await found(filter), all);
  });

  const cases: readonly (readonly [what: string, filter: RunFilter, expected: readonly string[]])[] = [
    ['of a kind', { kinds: ['CIRCULATION'] }, ['running', 'cancelled', 'completed']],
    ['of several kinds', { kinds: ['CIRCULATION', 'LOGIT_ATTRIBUTION'] }, all],
    ['of no kind', { kinds: [] }, []],
    ['of a status', { statuses: ['CANCELLED'] }, ['cancelled']],
    ['of several statuses', { statuses: ['RUNNING', 'CANCELLED'] }, ['running', 'cancelled']],
    ['of a model', { model: 'sample' }, ['sample']],
    ['of a model that there is not', { model: 'Sample' }, []],
    ['by a method', { methods: ['GRADIENT'] }, ['sample', 'gradient']],
    ['by several methods', { methods: ['GRADIENT', 'FROZEN'] }, ['sample', 'gradient', 'frozen']],
    ['by a method that no circulation has', { methods: ['FROZEN'], kinds: ['CIRCULATION'] }, []],
    ['with a text in any case', { prompt: 'RiVeR' }, ['cancelled', 'completed', 'sample', 'frozen']],
    ['with a text of several tokens', { prompt: 'the river' }, ['sample', 'frozen']],
    ['with letters beyond ASCII in any case', { prompt: 'über' }, ['gradient']],
    ['with a percent sign, which is itself', { prompt: '100%' }, ['gradient']],
    ['with an underscore, which is itself', { prompt: 'of_it' }, ['gradient']],
    ['with a backslash, which is itself', { prompt: 'it\\' }, ['gradient']],
    ['with what would be a pattern', { prompt: '%of%it%' }, []],
    ['with a text that there is not', { prompt: 'rivers' }, []],
    [
      'under every condition at once',
      { prompt: 'river', statuses: ['COMPLETED'], kinds: ['LOGIT_ATTRIBUTION'], model: 'llama', methods: ['FROZEN'] },
      ['frozen'],
    ],
  ];
  for (const [what, filter, expected] of cases)
    it(`is of those ${what}`, async () => {
      assert.deepEqual(await found(filter), expected);
    });

  it('is of those that were asked for in a time, its beginning included and its end not', async () => {
    const since = createdAt.sample ?? '';
    const until = createdAt.cancelled ?? '';
    assert.deepEqual(await found({ createdAfter: since }), ['running', 'cancelled', 'completed', 'sample']);
    assert.deepEqual(await found({ createdBefore: since }), ['gradient', 'frozen']);
    assert.deepEqual(await found({ createdAfter: since, createdBefore: until }), ['completed', 'sample']);
    assert.deepEqual(await found({ createdAfter: since, createdBefore: since }), []);
    // The same moment, as another zone writes it.
    const moment = new Date(Date.parse(since) + 3_600_000).toISOString().replace('Z', '+01:00');
    assert.deepEqual(await found({ createdBefore: moment }), ['gradient', 'frozen']);
  });

  it('is cut into the same pages whatever is asked of them', async () => {
    const seen: string[] = [];
    for (let after: string | null | undefined = null; ; ) {
      const filter: RunFilter = { prompt: 'river', statuses: ['COMPLETED', 'CANCELLED'] };
      const { runs }: Awaited<ReturnType<typeof page>> = await page(after, filter);
      assert.ok(runs && runs.edges.length <= 2);
      seen.push(...runs.edges.map(({ node }) => names.get(node.id) ?? ''));
      if (!runs.pageInfo.hasNextPage) break;
      after = runs.pageInfo.endCursor;
    }
    assert.deepEqual(seen, ['cancelled', 'completed', 'sample', 'frozen']);
  });
  const page = (after: string | null | undefined, filter: RunFilter) =>
    server.client.request(RunsDocument, { first: 2, after, filter });

  it('refuses what no run can have, and a text that is too long to be looked for', async () => {
    for (const [filter, message] of [
      ['kinds: [NOTHING]', /NOTHING.*does not exist in.*RunKind/],
      ['kind: CIRCULATION', /kind.*is not defined by type.*RunFilter/],
      ['methods: ["FROZEN"]', /AttributionMethod/],
      ['createdAfter: "yesterday"', /DateTime/],
      [`prompt: "${'a'.repeat(1001)}"`, /has 1001 characters; at most 1000.*INPUT/s],
    ] as const) {
      const answer = await postQuery(
        server.url,
        `{ runs(filter: { ${filter} }) { edges { cursor } } models { edges { cursor } } }`,
      );
      assert.match(await answer.text(), message);
    }
    assert.deepEqual(await found({ prompt: '%_'.repeat(500) }), []);
    const times = ['yesterday', '2026-13-01', '2026-01-01T12:00:00', '1', '', 1, 1.5, {}, [], true];
    for (const createdAfter of times) {
      const query = 'query ($filter: RunFilter) { runs(filter: $filter) { edges { cursor } } }';
      const answer = await postQuery(server.url, query, { filter: { createdAfter } });
      assert.match(
        await answer.text(),
        /A DateTime is a text in ISO 8601, with its zone/,
        JSON.stringify(createdAfter),
      );
    }
    assert.deepEqual(await found({ createdBefore: '2026-01-01' }), []);
  });

  it('finds answers by the method that explains them', async () => {
    const start = async (name: string, explained: boolean, method: 'ATTN_LRP' | 'FROZEN') => {
      const input = { model: 'llama', prompt: { text: 'a' }, maxTokens: 1, attribution: { method } };
      const { startGeneration: started } = await server.client.request(StartGenerationDocument, { input, explained });
      assert.ok(started.__typename === 'RunPayload', JSON.stringify(started));
      names.set(started.run.id, name);
    };
    await start('explained', true, 'ATTN_LRP');
    await start('unexplained', false, 'ATTN_LRP');
    await start('otherwise', true, 'FROZEN');
    assert.deepEqual(await found({ methods: ['ATTN_LRP'] }), ['explained']);
    assert.deepEqual(await found({ methods: ['FROZEN'], kinds: ['GENERATION'] }), ['otherwise']);
  });
});
