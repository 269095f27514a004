/** Experiments over HTTP and WebSocket: made, named by what makes runs, listed, counted, and followed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  AddRunsToExperimentDocument,
  CirculationDocument,
  CreateExperimentDocument,
  type CreateExperimentInput,
  DeleteExperimentDocument,
  DeleteRunDocument,
  ExperimentDocument,
  ExperimentRunsDocument,
  ExperimentsDocument,
  GenerationDocument,
  LiveLogitAttributionDocument,
  LogitAttributionDocument,
  LogitAttributionsDocument,
  RemoveRunsFromExperimentDocument,
  RepeatRunDocument,
  RunAggregatesDocument,
  RunChangesDocument,
  type RunFilter,
  RunLabelsDocument,
  RunsDocument,
  StartCirculationDocument,
  StartGenerationDocument,
  StartLogitAttributionDocument,
  StartLogitAttributionsDocument,
  UpdateExperimentDocument,
  UpdateRunDocument,
} from '../../src/client/generated/graphql.ts';
import { postQuery, postSubscription, queryData } from '../support/post-query.ts';
import { rawRequest } from '../support/raw-connection.ts';
import { onEachStore } from '../support/stores.ts';
import { collect, type TestServer } from './harness.ts';

const hostile = '\'; DROP TABLE Experiment; -- %_\\"<script>🙂';

/** A question that no other test asks. */
let asked = 0;
const prompt = () => ({ tokenIds: [++asked % 200, Math.floor(asked / 200), 7] });
const question = () => ({ model: 'llama', prompt: prompt() });

onEachStore('experiments', ({ startTestServer }) => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const made = async (name: string, said: { description?: string; tags?: string[] } = {}) => {
    const input = { name, ...said };
    const { createExperiment } = await server.client.request(CreateExperimentDocument, { input });
    assert.ok(createExperiment.__typename === 'ExperimentPayload', JSON.stringify(createExperiment));
    return createExperiment.experiment;
  };
  const runsOf = async (name: string, filter: RunFilter | null = null) => {
    const { experiment } = await server.client.request(ExperimentRunsDocument, { name, first: 100, filter });
    return experiment?.runs?.edges.map(({ node }) => node.id);
  };
  /** A run of its own. */
  const attributed = async (experiment: string | null = null, input = question()) => {
    const { logitAttribution: answer } = await server.client.request(LogitAttributionDocument, { input, experiment });
    assert.ok(answer.__typename === 'LogitAttribution', JSON.stringify(answer));
    return answer.run.id;
  };
  const labelsOf = async (id: string) => (await server.client.request(RunLabelsDocument, { id })).run;

  describe('by themselves', () => {
    it('are made, found by name, by id and in lists, changed and deleted', async () => {
      const experiment = await made(` ${hostile} `, {
        description: 'Who moves\nthe name?\0',
        tags: ['ioi', 'ioi', ' heads '],
      });
      const { name, description, tags } = experiment;
      assert.deepEqual(
        { name, description, tags },
        { name: hostile, description: 'Who moves\nthe name?\0', tags: ['ioi', 'heads'] },
      );
      const { experiment: found } = await server.client.request(ExperimentDocument, { name: hostile });
      assert.deepEqual(found, { ...found, ...experiment });
      const { node } = await queryData<{ node: object }>(
        server.url,
        `query ($id: ID!) { node(id: $id) { __typename ... on Experiment { name tags } } }`,
        { id: experiment.id },
      );
      assert.deepEqual(node, { __typename: 'Experiment', name, tags });
      const listed = async (filter: { name?: string; tag?: string }) => {
        const { experiments } = await server.client.request(ExperimentsDocument, { filter });
        return experiments?.edges.map(({ node }) => node.name);
      };
      for (const filter of [{ name: 'drop table' }, { tag: 'heads' }, { name: '%_\\"<SCRIPT>', tag: 'ioi' }])
        assert.deepEqual(await listed(filter), [hostile]);
      for (const filter of [{ name: 'drop_table' }, { tag: 'head' }]) assert.deepEqual(await listed(filter), []);

      const update = { id: experiment.id, name: 'renamed', tags: [] };
      const { updateExperiment } = await server.client.request(UpdateExperimentDocument, { input: update });
      assert.deepEqual(updateExperiment, {
        __typename: 'ExperimentPayload',
        experiment: { ...experiment, name: 'renamed', tags: [] },
      });
      const { deleteExperiment } = await server.client.request(DeleteExperimentDocument, { id: experiment.id });
      assert.ok(deleteExperiment.__typename === 'ExperimentPayload');
      assert.equal((await server.client.request(ExperimentDocument, { name: 'renamed' })).experiment, null);
      const again = await server.client.request(DeleteExperimentDocument, { id: experiment.id });
      assert.ok(again.deleteExperiment.__typename === 'UnknownExperimentError');
      assert.equal(again.deleteExperiment.code, 'UNKNOWN_EXPERIMENT');
    });

    it('are refused with the place of what is wrong', async () => {
      const { id } = await made('taken');
      const wrong: readonly (readonly [CreateExperimentInput, string])[] = [
        [{ name: 'taken' }, 'input.name'],
        [{ name: ' taken\n' }, 'input.name'],
        [{ name: '' }, 'input.name'],
        [{ name: 'a\0b' }, 'input.name'],
        [{ name: 'a'.repeat(201) }, 'input.name'],
        [{ name: 'x', description: 'a'.repeat(10_001) }, 'input.description'],
        [{ name: 'x', tags: ['a', ' '] }, 'input.tags.1'],
        [{ name: 'x', tags: Array.from({ length: 51 }, String) }, 'input.tags'],
      ];
      for (const [input, field] of wrong) {
        const { createExperiment } = await server.client.request(CreateExperimentDocument, { input });
        assert.ok(createExperiment.__typename === 'InputError', JSON.stringify(input));
        assert.equal(createExperiment.field, field);
      }
      const other = await made('other');
      const { updateExperiment } = await server.client.request(UpdateExperimentDocument, {
        input: { id: other.id, name: 'taken' },
      });
      assert.ok(updateExperiment.__typename === 'InputError' && updateExperiment.field === 'input.name');
      for (const wrong of [btoa('Experiment:x'), btoa(`Run:${atob(id).split(':')[1]}`), 'x', '']) {
        const { updateExperiment } = await server.client.request(UpdateExperimentDocument, { input: { id: wrong } });
        assert.equal(updateExperiment.__typename, 'UnknownExperimentError', wrong);
      }
    });

    it('have one name each, however many make one at once', async () => {
      const input = { name: 'at once' };
      const all = await Promise.all(
        Array.from({ length: 8 }, () => server.client.request(CreateExperimentDocument, { input })),
      );
      const types = all.map(({ createExperiment }) => createExperiment.__typename);
      assert.equal(types.filter((type) => type === 'ExperimentPayload').length, 1);
      assert.equal(types.filter((type) => type === 'InputError').length, 7);
    });
  });

  describe('named by what makes runs', () => {
    it('have its run, whether it is asked for by HTTP, WebSocket or server-sent events', async () => {
      const ids = [await attributed('everything')];
      const asking = { experiment: 'everything' };
      const { client, url } = server;
      const several = { ...question(), targets: [{}, { position: 0 }] };
      const { logitAttributions: answers } = await client.request(LogitAttributionsDocument, {
        input: several,
        ...asking,
      });
      assert.ok(answers.__typename === 'LogitAttributions');
      ids.push(...answers.attributions.map(({ run }) => run.id));
      const started = [
        (await client.request(StartCirculationDocument, { input: question(), ...asking })).startCirculation,
        (await client.request(StartGenerationDocument, { input: { ...question(), maxTokens: 1 }, ...asking }))
          .startGeneration,
        (await client.request(StartLogitAttributionDocument, { input: question(), ...asking })).startLogitAttribution,
        (await client.request(RepeatRunDocument, { id: await attributed(), ...asking })).repeatRun,
      ];
      for (const payload of started) {
        assert.ok(payload.__typename === 'RunPayload', JSON.stringify(payload));
        ids.push(payload.run.id);
      }
      const more = { ...question(), targets: [{}, { position: 1 }] };
      const { startLogitAttributions } = await client.request(StartLogitAttributionsDocument, {
        input: more,
        ...asking,
      });
      assert.ok(startLogitAttributions.__typename === 'RunsPayload');
      ids.push(...startLogitAttributions.runs.map(({ id }) => id));
      const streams = [
        collect(client.subscribe(CirculationDocument, { input: question(), ...asking })),
        collect(client.subscribe(LiveLogitAttributionDocument, { input: question(), ...asking })),
        collect(client.subscribe(GenerationDocument, { input: { ...question(), maxTokens: 1 }, ...asking })),
        postSubscription<{ circulation: { run: { id: string } } }>(
          url,
          `subscription { circulation(input: { model: "llama", prompt: { tokenIds: [${prompt().tokenIds}] } }, experiment: "everything") { ... on RunEvent { run { id } } } }`,
        ).then((events) => events.map(({ data }) => data)),
      ];
      for (const events of await Promise.all(streams)) {
        const [first] = Object.values(events[0] ?? {}) as { run?: { id: string } }[];
        ids.push(first?.run?.id ?? '');
      }
      assert.equal(new Set(ids).size, 13);
      assert.deepEqual(new Set(await runsOf('everything')), new Set(ids));
    });

    it('have a run that is found as well, and it belongs to several', async () => {
      const input = question();
      const id = await attributed(null, input);
      assert.deepEqual((await labelsOf(id))?.experiments, []);
      for (const name of ['second', ' first ', 'second']) assert.equal(await attributed(name, input), id);
      const names = (await labelsOf(id))?.experiments.map(({ name }) => name);
      assert.deepEqual(names, ['first', 'second']);
      assert.deepEqual([await runsOf('first'), await runsOf('second')], [[id], [id]]);
    });

    it('are made once, by however many requests at once', async () => {
      const ids = await Promise.all(Array.from({ length: 6 }, () => attributed(hostile)));
      assert.deepEqual(new Set(await runsOf(hostile)), new Set(ids));
      const { experiments } = await server.client.request(ExperimentsDocument, { filter: { name: 'drop table' } });
      assert.equal(experiments?.edges.length, 1);
    });

    it('are refused where they are no names, before anything is started', async () => {
      const { client } = server;
      for (const experiment of ['', ' \n', 'a\0b', 'a\nb', 'a'.repeat(201)]) {
        const input = question();
        const asking = { input, experiment };
        const refused = [
          (await client.request(LogitAttributionDocument, asking)).logitAttribution,
          (await client.request(StartCirculationDocument, asking)).startCirculation,
          (await client.request(RepeatRunDocument, { id: 'x', experiment })).repeatRun,
          ...(await collect(client.subscribe(CirculationDocument, asking))).map(({ circulation }) => circulation),
          ...(await collect(client.subscribe(LiveLogitAttributionDocument, asking))).map(
            (told) => told.logitAttribution,
          ),
        ];
        assert.equal(refused.length, 5);
        for (const error of refused) assert.ok(error.__typename === 'InputError' && error.field === 'experiment');
        const { runs } = await client.request(RunsDocument, { first: 1 });
        const newest = runs?.edges[0]?.node.id;
        assert.notEqual(await attributed(null, input), newest, 'it had not been asked before');
      }
    });

    it('are not made by a GET that any page can have sent, nor is anything else changed by one', async () => {
      const { host } = new URL(server.url);
      const get = (query: string) =>
        rawRequest(server.url, `GET /graphql?query=${encodeURIComponent(query)}`, { host });
      const input = '{ model: "llama", prompt: { tokenIds: [5, 9, 70] } }';
      const attribution = await get(`{ logitAttribution(input: ${input}, experiment: "by get") { __typename } }`);
      assert.equal(attribution.status, 403);
      assert.match(attribution.body, /FORBIDDEN/);
      for (const mutation of [
        'createExperiment(input: { name: "by get" })',
        'deleteExperiment(id: "x")',
        'addRunsToExperiment(input: { id: "x", filter: {} })',
        'updateRun(input: { id: "x", pinned: true })',
      ])
        assert.equal((await get(`mutation { ${mutation} { __typename } }`)).status, 405, mutation);
      assert.equal(await runsOf('by get'), undefined);
      assert.equal((await get('{ experiments { edges { cursor } } runAggregates { count } }')).status, 200);
    });
  });

  describe('with runs', () => {
    let ids: string[];
    before(async () => {
      const { client } = server;
      ids = [];
      for (const model of ['llama', 'llama', 'llama', 'sample', 'sample'] as const)
        ids.push(await attributed('listed', { ...question(), model }));
      const { startCirculation } = await client.request(StartCirculationDocument, {
        input: question(),
        experiment: 'listed',
      });
      assert.ok(startCirculation.__typename === 'RunPayload');
      await collect(client.followRun(startCirculation.run.id));
      ids.push(startCirculation.run.id);
    });

    it('list them in pages, newest first, and those that a filter admits', async () => {
      assert.deepEqual(await runsOf('listed'), ids.toReversed());
      assert.deepEqual(
        await runsOf('listed', { model: 'llama', kinds: ['LOGIT_ATTRIBUTION'] }),
        ids.slice(0, 3).reverse(),
      );
      assert.deepEqual(await runsOf('listed', { model: 'sample', experiment: 'listed' }), ids.slice(3, 5).reverse());
      assert.deepEqual(await runsOf('listed', { model: 'nothing' }), []);
      const seen: string[] = [];
      for (let after: string | null | undefined = null; ; ) {
        const { experiment }: Awaited<ReturnType<typeof page>> = await page(after);
        assert.ok(experiment?.runs && experiment.runs.edges.length <= 2);
        seen.push(...experiment.runs.edges.map(({ node }) => node.id));
        if (!experiment.runs.pageInfo.hasNextPage) break;
        after = experiment.runs.pageInfo.endCursor;
      }
      assert.deepEqual(seen, ids.toReversed());
      const { runs } = await server.client.request(RunsDocument, { first: 100, filter: { experiment: ' listed ' } });
      assert.deepEqual(
        runs?.edges.map(({ node }) => node.id),
        ids.toReversed(),
      );
      assert.deepEqual(
        (await server.client.request(RunsDocument, { filter: { experiment: 'nothing' } })).runs?.edges,
        [],
      );
    });
    const page = (after: string | null | undefined) =>
      server.client.request(ExperimentRunsDocument, { name: 'listed', first: 2, after });

    it('refuse a page that there is none, and a filter that no run can meet, each for its field alone', async () => {
      await made('another');
      for (const [field, wrong] of [
        ['runs(first: 101) { edges { cursor } }', 'first'],
        ['runs(after: "x") { edges { cursor } }', 'after'],
        ['runs(filter: { experiment: "another" }) { edges { cursor } }', 'filter.experiment'],
        ['runs(filter: { experiment: "" }) { edges { cursor } }', 'filter.experiment'],
        [`runs(filter: { prompt: "${'a'.repeat(1001)}" }) { edges { cursor } }`, 'filter.prompt'],
      ] as const) {
        const answer = await postQuery(server.url, `{ experiment(name: "listed") { name ${field} } }`);
        const { data, errors } = (await answer.json()) as {
          data: object;
          errors: { path: string[]; extensions: { code: string; field: string } }[];
        };
        assert.deepEqual(data, { experiment: { name: 'listed', runs: null } });
        assert.deepEqual(
          errors.map(({ path, extensions }) => [path, extensions]),
          [[['experiment', 'runs'], { code: 'INPUT', field: wrong }]],
        );
      }
    });

    it('tell figures of them, as the query does of all', async () => {
      const { experiment } = await server.client.request(ExperimentDocument, { name: 'listed' });
      const { count, byStatus, byMethod } = experiment?.aggregates ?? {};
      assert.deepEqual([count, byStatus], [6, [{ status: 'COMPLETED', count: 6 }]]);
      assert.deepEqual(
        byMethod?.map(({ kind, method, count }) => [kind, method, count]),
        [
          ['LOGIT_ATTRIBUTION', 'FROZEN', 5],
          ['CIRCULATION', null, 1],
        ],
      );
      const { experiment: explained } = await queryData<{
        experiment: { runs: { edges: { node: { attribution: { audit: { logit: number; passed: boolean } } } }[] } };
      }>(
        server.url,
        `{ experiment(name: "listed") { runs(filter: { kinds: [LOGIT_ATTRIBUTION] }) { edges { node { attribution { audit { logit passed } } } } } } }`,
      );
      const audits = explained.runs.edges.map(({ node }) => node.attribution.audit);
      const mean = audits.reduce((sum, { logit }) => sum + logit, 0) / audits.length;
      assert.ok(Math.abs((byMethod?.[0]?.meanScore ?? 0) - mean) <= 1e-12 * Math.abs(mean));
      assert.equal(byMethod?.[0]?.auditsPassed, audits.filter(({ passed }) => passed).length / audits.length);
      const filter: RunFilter = { experiment: 'listed' };
      const { runAggregates } = await server.client.request(RunAggregatesDocument, { filter });
      assert.deepEqual(runAggregates, experiment?.aggregates);
      const some = { ...filter, kinds: ['CIRCULATION' as const] };
      assert.equal((await server.client.request(RunAggregatesDocument, { filter: some })).runAggregates.count, 1);
      await attributed();
      const { runAggregates: all } = await server.client.request(RunAggregatesDocument, {});
      assert.ok(all.count > 6);
      const wrong = await postQuery(server.url, '{ runAggregates(filter: { experiment: "" }) { count } }');
      assert.match(await wrong.text(), /is not empty.*"INPUT".*"filter.experiment"/);
    });

    it('have others join and leave, by their ids or a filter', async () => {
      const { client } = server;
      const { id } = await made('chosen');
      const add = async (input: object) =>
        (await client.request(AddRunsToExperimentDocument, { input: { id, ...input } })).addRunsToExperiment;
      const remove = async (input: object) =>
        (await client.request(RemoveRunsFromExperimentDocument, { input: { id, ...input } })).removeRunsFromExperiment;
      const counted = async (moved: ReturnType<typeof add> | ReturnType<typeof remove>) => {
        const payload = await moved;
        assert.ok(payload.__typename === 'ExperimentRunsPayload' && payload.experiment.id === id);
        return payload.count;
      };
      assert.equal(await counted(add({ runs: ids.slice(0, 2) })), 2);
      assert.equal(await counted(add({ filter: { experiment: 'listed', model: 'sample' } })), 2);
      assert.equal(await counted(add({ runs: ids.slice(0, 3) })), 1);
      assert.deepEqual(await runsOf('chosen'), ids.slice(0, 5).reverse());
      assert.equal(await counted(remove({ runs: ids.slice(0, 1) })), 1);
      assert.equal(await counted(remove({ filter: { model: 'sample' } })), 2);
      assert.deepEqual(await runsOf('chosen'), ids.slice(1, 3).reverse());
      assert.deepEqual(await runsOf('listed'), ids.toReversed());
      const unknown = await add({ runs: [ids[5], btoa('Run:x')] });
      assert.ok(unknown.__typename === 'UnknownRunError');
      assert.deepEqual(await runsOf('chosen'), ids.slice(1, 3).reverse());
      for (const [input, field] of [
        [{}, 'input.runs'],
        [{ runs: [], filter: {} }, 'input.filter'],
        [{ runs: Array(1001).fill('x') }, 'input.runs'],
        [{ filter: { experiment: '' } }, 'input.filter.experiment'],
        [{ filter: { prompt: 'a'.repeat(1001) } }, 'input.filter.prompt'],
      ] as const)
        for (const error of [await add(input), await remove(input)])
          assert.ok(error.__typename === 'InputError' && error.field === field, JSON.stringify([error, field]));
      const nowhere = await add({ id: 'x', runs: [] });
      assert.ok(nowhere.__typename === 'UnknownExperimentError');
    });

    it('leave them where they are when they are deleted, and have those no more that are', async () => {
      const { client } = server;
      const input = question();
      const id = await attributed('gone', input);
      await attributed('stays', input);
      const { experiment } = await client.request(ExperimentDocument, { name: 'gone' });
      await client.request(DeleteExperimentDocument, { id: experiment?.id ?? '' });
      const run = await labelsOf(id);
      assert.deepEqual([run?.id, run?.experiments.map(({ name }) => name)], [id, ['stays']]);
      assert.deepEqual(await runsOf('stays'), [id]);
      await client.request(DeleteRunDocument, { id });
      assert.deepEqual(await runsOf('stays'), []);
    });

    it('are followed: who filters the changes of runs by one hears who joins and leaves', async () => {
      const { client } = server;
      const { id } = await made('followed');
      const events = client.subscribe(RunChangesDocument, { filter: { experiment: 'followed' } });
      const next = async () => {
        const { value } = await events.next();
        assert.ok(value?.runChanges.__typename === 'RunChanges', JSON.stringify(value));
        const { changed, removed, missed } = value.runChanges;
        assert.equal(missed, false);
        return { changed: changed.map((run) => run.id), removed };
      };
      assert.deepEqual(await next(), { changed: [], removed: [] });
      const [run] = ids as [string];
      await client.request(AddRunsToExperimentDocument, { input: { id, runs: [run] } });
      assert.deepEqual(await next(), { changed: [run], removed: [] });
      await client.request(UpdateRunDocument, { input: { id: run, note: 'seen' } });
      assert.deepEqual(await next(), { changed: [run], removed: [] });
      await client.request(RemoveRunsFromExperimentDocument, { input: { id, filter: {} } });
      assert.deepEqual(await next(), { changed: [], removed: [run] });
      await events.return?.();
    });
  });

  describe('what people say of a run', () => {
    it('is a pin and a note of any text, by which runs are found', async () => {
      const { client } = server;
      const id = await attributed('noted');
      const other = await attributed('noted');
      const update = async (input: { pinned?: boolean | null; note?: string | null }) => {
        const { updateRun } = await client.request(UpdateRunDocument, { input: { id, ...input } });
        assert.ok(updateRun.__typename === 'RunPayload', JSON.stringify(updateRun));
        return [updateRun.run.pinned, updateRun.run.note];
      };
      assert.deepEqual(await update({}), [false, '']);
      for (const note of ['a', hostile, 'a\0b\r\n', '\ud800', 'a'.repeat(10_000)])
        assert.deepEqual(await update({ note }), [false, note]);
      assert.deepEqual(await update({ pinned: true, note: null }), [true, 'a'.repeat(10_000)]);
      assert.deepEqual(await runsOf('noted', { pinned: true }), [id]);
      assert.deepEqual(await runsOf('noted', { pinned: false }), [other]);
      assert.deepEqual(await update({ pinned: false, note: '' }), [false, '']);
      const { updateRun: long } = await client.request(UpdateRunDocument, { input: { id, note: 'a'.repeat(10_001) } });
      assert.ok(long.__typename === 'InputError' && long.field === 'input.note');
      const { updateRun: unknown } = await client.request(UpdateRunDocument, { input: { id: 'x', pinned: true } });
      assert.equal(unknown.__typename, 'UnknownRunError');
    });
  });
});
