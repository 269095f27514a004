/** Owners beside each other: the same question, lists as they change, files, runs that are shared, and who manages all. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeGlobalID } from '@pothos/plugin-relay';
import { type Asking, askingAs, namedPrincipal } from '../support/as-owner.ts';
import { onEachStore } from '../support/stores.ts';
import type { TestServer } from './harness.ts';

let asked = 0;
/** A question that no other test asks. */
const question = () => ({ model: 'llama', prompt: { tokenIds: [++asked % 200, 5, 7] } });

interface Found {
  readonly id: string;
  readonly mine: boolean;
  readonly shared: boolean;
  readonly owner: string | null;
  readonly attempt: number;
}

const run = 'run { id mine shared owner attempt }';
const attribute = `query($input: LogitAttributionInput!, $experiment: String) {
  logitAttribution(input: $input, experiment: $experiment) { ... on LogitAttribution { ${run} } ... on Error { message } } }`;
const more = 'attribution { layers { layer } }';

onEachStore('owners', ({ startTestServer }) => {
  let server: TestServer;
  let ann: Asking;
  let bob: Asking;
  let manager: Asking;
  before(async () => {
    server = await startTestServer({}, namedPrincipal);
    [ann, bob] = [askingAs(server.url, 'ann'), askingAs(server.url, 'bob')];
    manager = askingAs(server.url, 'eve READ RUN MANAGE');
  });
  after(() => server.close());

  const attributed = async (asking: Asking, input = question(), experiment: string | null = null) => {
    const { logitAttribution } = await asking.data<{ logitAttribution: { run: Found } }>(attribute, {
      input,
      experiment,
    });
    return logitAttribution.run;
  };
  const found = async (asking: Asking, id: string) =>
    (await asking.data<{ run: Found | null }>(`query($id: ID!) { ${run.replace('run', 'run(id: $id)')} }`, { id })).run;
  const change = async (asking: Asking, field: string, id: string) => {
    const query = `mutation($id: ID!) { done: ${field}(id: $id) { __typename ... on Error { code message } } }`;
    return (await asking.data<{ done: { __typename: string; code?: string; message?: string } }>(query, { id })).done;
  };
  const listed = async (asking: Asking) => {
    const query = '{ runs(first: 100) { edges { node { id } } } }';
    const { runs } = await asking.data<{ runs: { edges: { node: { id: string } }[] } }>(query);
    return runs.edges.map(({ node }) => node.id);
  };

  describe('beside each other', () => {
    it('have a run each of the same question, and experiments of the same name', async () => {
      const input = question();
      const [ofAnn, ofBob, again] = [
        await attributed(ann, input, 'names'),
        await attributed(bob, input, 'names'),
        await attributed(ann, input, 'names'),
      ];
      assert.deepEqual([ofAnn.owner, ofBob.owner, ofAnn.mine, ofBob.mine], ['ann', 'bob', true, true]);
      assert.notEqual(ofAnn.id, ofBob.id);
      assert.equal(again.id, ofAnn.id);
      const query = '{ experiment(name: "names") { id runs { edges { node { id } } } aggregates { count } } }';
      const experiments = await Promise.all(
        [ann, bob].map((asking) => asking.data<{ experiment: { id: string } }>(query)),
      );
      assert.deepEqual(
        experiments.map(({ experiment: { id: _, ...rest } }) => rest),
        [ofAnn, ofBob].map(({ id }) => ({ runs: { edges: [{ node: { id } }] }, aggregates: { count: 1 } })),
      );
      assert.notEqual(experiments[0]?.experiment.id, experiments[1]?.experiment.id);
    });

    it('are told how their own lists change, and of nothing else, also of what is deleted', async () => {
      const query = 'subscription { runChanges { ... on RunChanges { changed { id } removed missed } } }';
      const told = bob.told(query, {}, 4);
      while ((await bob.data<{ runs: object }>('{ runs(first: 1) { edges { cursor } } }')).runs === undefined);
      const ofAnn = await attributed(ann);
      assert.equal((await change(ann, 'deleteRun', ofAnn.id)).__typename, 'RunPayload');
      const ofBob = await attributed(bob);
      assert.equal((await change(bob, 'deleteRun', ofBob.id)).__typename, 'RunPayload');
      for (let index = 0; index < 4; index++) await change(bob, 'deleteRun', (await attributed(bob)).id);
      const text = await told;
      assert.ok(!text.includes(ofAnn.id), text);
      assert.ok(text.includes(ofBob.id), text);
    });

    it('take along what is theirs, and bring it as theirs', async () => {
      const { id } = await attributed(ann, question(), 'taken');
      await attributed(bob, question(), 'taken');
      const file = await (await ann.fetch('/runs.jsonl?experiment=taken')).text();
      const raw = atob(id).slice('Run:'.length);
      assert.equal(file.trim().split('\n').length, 2);
      assert.ok(file.includes(raw));
      assert.equal((await bob.fetch('/runs.jsonl?owner=ann')).status, 400);
      const bring = async (asking: Asking) => {
        const headers = { 'content-type': 'application/jsonl' };
        const response = await asking.fetch('/runs.jsonl', { method: 'POST', headers, body: file });
        return (await response.json()) as { imported: number; there: number; refusedCount: number };
      };
      const before = await listed(bob);
      const report = ({ imported, there, refusedCount }: Awaited<ReturnType<typeof bring>>) => [
        imported,
        there,
        refusedCount,
      ];
      assert.deepEqual(report(await bring(ann)), [0, 1, 0]);
      // Another id, always the same one: whose run has the first is not told.
      assert.deepEqual(report(await bring(bob)), [1, 0, 0]);
      assert.deepEqual(report(await bring(bob)), [0, 1, 0]);
      const [brought] = (await listed(bob)).filter((one) => !before.includes(one));
      assert.ok(brought && brought !== id);
      const copy = await found(bob, brought);
      assert.deepEqual([copy?.owner, copy?.mine, copy?.shared], ['bob', true, false]);
      assert.equal(await found(bob, id), null);
      const deletion = await change(ann, 'deleteRun', id);
      assert.equal(deletion.__typename, 'RunPayload');
      assert.deepEqual(report(await bring(bob)), [0, 1, 0], 'not twice, though the first id is free');
    });

    it('cannot pass for another by their name', async () => {
      const input = question();
      const [one, other] = [askingAs(server.url, 'x'), askingAs(server.url, 'x:')];
      const ids = new Set([(await attributed(one, input)).id, (await attributed(other, input)).id]);
      assert.equal(ids.size, 2);
      assert.deepEqual([(await listed(one)).length, (await listed(other)).length], [1, 1]);
    });
  });

  describe('of a run that is shared', () => {
    it('let others read it by its id, as far as it is stored, and no more', async () => {
      const { id } = await attributed(ann, question(), 'shared ones');
      assert.equal(await found(bob, id), null);
      assert.equal((await change(bob, 'shareRun', id)).code, 'UNKNOWN_RUN');
      assert.equal((await change(ann, 'shareRun', id)).__typename, 'RunPayload');
      assert.deepEqual(await found(bob, id), { id, mine: false, shared: true, owner: null, attempt: 1 });
      const read = (what: string) => bob.told(`query($id: ID!) { run(id: $id) { ${what} } }`, { id });
      assert.match(
        await read('status attribution { tokens { score } } events { edges { node { seq } } }'),
        /"score":.*"seq":0/,
      );
      assert.match(await read(more), /READ_ONLY/);
      assert.match(await read('experiments { name }'), /"experiments":\[\]/);
      assert.ok(!(await listed(bob)).includes(id), 'it is in no list of others');
      for (const field of ['cancelRun', 'deleteRun', 'shareRun', 'unshareRun'])
        assert.equal((await change(bob, field, id)).code, 'READ_ONLY', field);
      const inputs = [
        ['updateRun', 'UpdateRunInput', { id, note: 'mine' }],
        ['addRunsToExperiment', 'ExperimentRunsInput', { id: await experimentOf(bob), runs: [id] }],
      ] as const;
      for (const [field, type, input] of inputs) {
        const query = `mutation($input: ${type}!) { ${field}(input: $input) { ... on Error { code } } }`;
        assert.deepEqual(await bob.data(query, { input }), { [field]: { code: 'READ_ONLY' } });
      }
      // Whoever asks the same has a run of their own.
      const { repeatRun } = await bob.data<{ repeatRun: { run: Found } }>(
        `mutation($id: ID!) { repeatRun(id: $id) { ... on RunPayload { ${run} } } }`,
        { id },
      );
      assert.deepEqual([repeatRun.run.id !== id, repeatRun.run.mine], [true, true]);
      assert.match(await ann.told(`query($id: ID!) { run(id: $id) { ${more} } }`, { id }), /"layer":0/);
      assert.match(await read(more), /"layer":0/, 'what its owner had computed is stored');
    });

    it('have its events followed, those that are stored', async () => {
      const { id } = await attributed(ann);
      await change(ann, 'shareRun', id);
      const follow = (what: string) =>
        bob.told(
          `subscription($id: ID!) { runEvents(runId: $id) { ... on RunEvent { seq } ... on Error { code } ${what} } }`,
          { id },
        );
      assert.match(await follow(''), /"seq":0/);
      assert.match(await follow('... on LayerAttributed { layer heads { total } }'), /READ_ONLY/);
    });

    it('take that back', async () => {
      const { id } = await attributed(ann);
      await change(ann, 'shareRun', id);
      assert.ok(await found(bob, id));
      assert.equal((await change(ann, 'unshareRun', id)).__typename, 'RunPayload');
      assert.equal(await found(bob, id), null);
      assert.equal((await change(bob, 'deleteRun', id)).code, 'UNKNOWN_RUN');
    });
  });

  describe('and who manages all', () => {
    it('reads, changes, and deletes what is anybody’s, and writes what is their own', async () => {
      const { id } = await attributed(ann, question(), 'managed');
      const seen = await found(manager, id);
      assert.deepEqual([seen?.mine, seen?.owner], [true, 'ann']);
      assert.ok((await listed(manager)).includes(id));
      const own = await attributed(manager);
      assert.deepEqual([own.owner, own.mine], ['eve', true]);
      const runs = 'experiments { name runs { edges { node { id } } } aggregates { count }';
      assert.deepEqual(await manager.data(`query($id: ID!) { run(id: $id) { ${runs} } } }`, { id }), {
        run: { experiments: [{ name: 'managed', runs: { edges: [{ node: { id } }] }, aggregates: { count: 1 } }] },
      });
      const query = `mutation($input: ExperimentRunsInput!) { addRunsToExperiment(input: $input) { ... on Error { code message } } }`;
      const input = { id: await experimentOf(ann), runs: [own.id] };
      assert.match(JSON.stringify(await manager.data(query, { input })), /INPUT.*not of the owner of the experiment/);
      assert.match(await (await manager.fetch('/runs.jsonl?owner=ann')).text(), new RegExp(atob(id).slice(4)));
      assert.equal((await change(manager, 'deleteRun', id)).__typename, 'RunPayload');
      assert.equal(await found(ann, id), null);
    });

    it('has more computed by none who may only read', async () => {
      const { id } = await attributed(ann);
      const reader = askingAs(server.url, 'ann READ');
      assert.match(
        await reader.told('query($id: ID!) { run(id: $id) { attribution { tokens { score } audit { passed } } } }', {
          id,
        }),
        /"score":/,
      );
      const withMore = await reader.told(`query($id: ID!) { run(id: $id) { ${more} } }`, { id });
      assert.match(withMore, /needs the scope RUN/);
      assert.match(withMore, /READ_ONLY/);
      assert.doesNotMatch(withMore, /"layer":/);
      const query = 'query($id: ID!) { node(id: $id) { ... on LogitAttribution { layers { layer } } } }';
      const node = encodeGlobalID('LogitAttribution', atob(id).slice(4));
      assert.match(await reader.told(query, { id: node }), /READ_ONLY/);
      const following = `subscription($id: ID!) { runEvents(runId: $id) { __typename ... on ReadOnlyError { message }
        ... on AttributionCompleted { attribution { tokens { score } } } } }`;
      assert.match(await reader.told(following, { id }), /"score":/);
      assert.match(await ann.told(`query($id: ID!) { run(id: $id) { ${more} } }`, { id }), /"layer":/);
      assert.match(await reader.told(`query($id: ID!) { run(id: $id) { ${more} } }`, { id }), /"layer":/);
      assert.match(
        await reader.told('query($id: ID!) { run(id: $id) { events { edges { node { seq } } } } }', { id }),
        /"seq":0/,
      );
    });
  });

  it('are asked for nothing where the server asks nobody who they are', async () => {
    const anybody = askingAs(server.url, '');
    const { id } = await attributed(ann);
    const seen = await found(anybody, id);
    assert.deepEqual([seen?.mine, seen?.owner], [true, 'ann']);
    const own = await attributed(anybody);
    assert.deepEqual([own.mine, own.owner, own.attempt], [true, null, 1]);
    assert.equal(await found(bob, encodeGlobalID('Run', atob(own.id).slice(4))), null);
  });
});

async function experimentOf(asking: Asking): Promise<string> {
  const query = `mutation($input: CreateExperimentInput!) { createExperiment(input: $input) {
    ... on ExperimentPayload { experiment { id } } } }`;
  const input = { name: `made ${++asked}` };
  const { createExperiment } = await asking.data<{ createExperiment: { experiment: { id: string } } }>(query, {
    input,
  });
  return createExperiment.experiment.id;
}
