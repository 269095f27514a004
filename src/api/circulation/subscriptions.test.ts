/** What events cost those who follow a run, and what they tell of it. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { type ExecutionResult, execute, parse, subscribe } from 'graphql';
import { completed, passed, started } from '../../../test/support/scripted-engine.ts';
import { temporaryRuns } from '../../../test/support/temporary-runs.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { anybody } from '../../principal.ts';
import { accessOf } from '../../runs/access.ts';
import { OwnRuns } from '../../runs/own-runs.ts';
import { schema } from '../schema.ts';

type Answer = Record<string, unknown>;

/** Runs over a scripted engine, the server's GraphQL above them, and how often a run or a model was looked up. */
async function temporaryApi() {
  const fixture = await temporaryRuns();
  const find = mock.method(fixture.store, 'find');
  const revision = mock.fn(async () => 'r1');
  const model = {
    name: 'm',
    checkpoint: {
      folder: '/m',
      revision,
      tokenizer: {
        longestToken: 5,
        token: (id: number) => ({ id, text: `t${id}`, special: false }),
        decode: (ids: readonly number[]) => ids.map((id) => `t${id}`).join(''),
      },
    },
    specification: { layerCount: 2, vocabularySize: 10, contextLength: 10 },
  };
  const get = mock.fn(async (_: string) => model as unknown as CatalogueModel);
  // Each operation has one of its own.
  const runs = new OwnRuns(fixture.runs, accessOf(anybody));
  const contextValue = { runs, engine: fixture.engine, catalogue: { get } };
  const answerTo = async (source: string) => {
    const { data, errors } = await execute({ schema, document: parse(source), contextValue: { ...contextValue } });
    assert.equal(errors, undefined);
    return data as Answer;
  };
  return {
    ...fixture,
    answerTo,
    /** Its events, each an answer. */
    async follow(source: string) {
      const stream = await subscribe({
        schema,
        document: parse(`subscription { ${source} }`),
        contextValue: { ...contextValue },
      });
      assert.ok(Symbol.asyncIterator in stream, JSON.stringify(stream));
      return {
        async next(): Promise<Answer> {
          const { data, errors } = ((await stream.next()) as IteratorYieldResult<ExecutionResult>).value;
          assert.equal(errors, undefined);
          return JSON.parse(JSON.stringify(Object.values(data ?? {})[0]));
        },
        leave: () => stream.return?.(),
      };
    },
    lookUps: () => ({
      runs: find.mock.callCount(),
      models: get.mock.callCount(),
      revisions: revision.mock.callCount(),
    }),
  };
}

const input = 'input: { model: "m", prompt: { tokenIds: [1, 2] } }';
const parts = (run: string) => `__typename
  ... on RunEvent { seq at run { ${run} } }
  ... on CirculationStarted { tokens { text } }
  ... on LayerCirculated { lens { token { text } } }
  ... on CirculationCompleted { target { token { text } } }`;

describe('the events of a run', () => {
  it('cost their followers no look-up of the run or of its model once they follow it', async () => {
    await using api = await temporaryApi();
    const first = await api.follow(`circulation(${input}) { ${parts('id')} }`);
    api.engine.step(started);
    const { run, ...event } = await first.next();
    assert.deepEqual(
      { ...event, at: null },
      {
        __typename: 'CirculationStarted',
        seq: 0,
        at: null,
        tokens: [{ text: 't1' }, { text: 't2' }],
      },
    );
    const { id } = run as { id: string };
    const followers = [
      first,
      await api.follow(`circulation(${input}) { ${parts('id')} }`),
      await api.follow(`runEvents(runId: "${id}") { ${parts('id')} }`),
    ];
    await Promise.all(followers.slice(1).map((follower) => follower.next()));
    const before = api.lookUps();
    const texts = [];
    for (const step of [passed(0), passed(1), completed]) {
      api.engine.step(step);
      const told = await Promise.all(followers.map((follower) => follower.next()));
      for (const each of told) assert.deepEqual(each, told[0]);
      assert.deepEqual(told[0]?.run, { id });
      texts.push(JSON.stringify(told[0]?.lens ?? told[0]?.target));
    }
    assert.deepEqual(texts, ['[{"token":{"text":"t3"}}]', '[{"token":{"text":"t3"}}]', '{"token":{"text":"t3"}}']);
    assert.deepEqual(api.lookUps(), before);
    api.engine.end();
  });

  it('tell the state of the run as it is when they are sent', async () => {
    await using api = await temporaryApi();
    const follower = await api.follow(`circulation(${input}) { ${parts('status eventCount finishedAt')} }`);
    const told = [];
    for (const [index, step] of [started, passed(0), completed].entries()) {
      api.engine.step(step);
      const { run } = (await follower.next()) as { run: { status: string; eventCount: number; finishedAt: unknown } };
      assert.equal(run.eventCount, index + 1);
      told.push([run.status, run.finishedAt !== null]);
    }
    assert.deepEqual(told, [
      ['RUNNING', false],
      ['RUNNING', false],
      ['COMPLETED', true],
    ]);
    api.engine.end();
  });

  it('are read as a list with as many look-ups for many as for one', async () => {
    await using api = await temporaryApi();
    const follower = await api.follow(`circulation(${input}) { ${parts('id')} }`);
    const counts = [];
    const lookUps: number[][] = [];
    for (const step of [started, passed(0), passed(1), completed]) {
      api.engine.step(step);
      const { run } = (await follower.next()) as { run: { id: string } };
      const before = api.lookUps();
      const answer = await api.answerTo(`{ run(id: "${run.id}") { events { edges { node { ${parts('id')} } } } } }`);
      counts.push((answer.run as { events: { edges: unknown[] } }).events.edges.length);
      const after = api.lookUps();
      lookUps.push([after.runs - before.runs, after.models - before.models, after.revisions - before.revisions]);
    }
    assert.deepEqual(counts, [1, 2, 3, 4]);
    for (const made of lookUps) assert.deepEqual(made, lookUps[0]);
    api.engine.end();
  });

  it('tell what is selected of them under any name, and a run is started that tells it', async () => {
    await using api = await temporaryApi();
    const figuresFor = async (seed: number, body: string) => {
      const asked = `input: { model: "m", prompt: { tokenIds: [1, ${seed}] } }`;
      const follower = await api.follow(`circulation(${asked}) { ... on RunEvent { run { id } } ${body} }`);
      api.engine.step(started);
      const { run } = (await follower.next()) as { run: { id: string } };
      const found = await api.store.find(atob(run.id).slice('Run:'.length));
      await follower.leave();
      return (found?.question.input as { figures?: readonly string[] } | undefined)?.figures;
    };
    const layer = (fields: string) => `... on LayerCirculated { ${fields} }`;
    assert.deepEqual(await figuresFor(1, layer('layer elapsed tracked { share movement }')), []);
    assert.deepEqual(await figuresFor(2, layer('it: target { rank }')), ['LENS']);
    assert.deepEqual(await figuresFor(3, layer('tracked { logitShare }')), ['LENS']);
    assert.deepEqual(await figuresFor(4, layer('tracked { received { shape } h: heads { shape } }')), [
      'HEADS',
      'PATTERNS',
    ]);
    assert.deepEqual(
      await figuresFor(5, layer('lens @skip(if: true) { rank } tracked @include(if: false) { paid { shape } }')),
      [],
    );
    assert.deepEqual(
      await figuresFor(
        6,
        '... on RunEvent { run { events { edges { node { ... on LayerCirculated { lens { rank } } } } } } }',
      ),
      ['LENS'],
    );
  });

  it('cannot be asked for what their run was made without, and say so at once', async () => {
    await using api = await temporaryApi();
    const follower = await api.follow(`circulation(${input}) { ... on RunEvent { run { id } } }`);
    api.engine.step(started);
    const { run } = (await follower.next()) as { run: { id: string } };
    const other = await api.follow(
      `runEvents(runId: "${run.id}") { __typename ... on LayerCirculated { lens { rank } } ... on Error { code message } }`,
    );
    const { message, ...failure } = await other.next();
    assert.deepEqual(failure, { __typename: 'RunStateError', code: 'RUN_STATE' });
    assert.match(String(message), /without LENS.*`circulation`/);
    const listed = `{ run(id: "${run.id}") { events { edges { node { seq ... on LayerCirculated { tracked { paid { shape } } } } } } } }`;
    await assert.rejects(api.answerTo(listed), /without PATTERNS.*RUN_STATE/s);
    const told = `{ run(id: "${run.id}") { events { edges { node { seq ... on LayerCirculated { layer } } } } } }`;
    assert.equal(((await api.answerTo(told)).run as { events: { edges: unknown[] } }).events.edges.length, 1);
    await follower.leave();
  });

  it('are listed 200 at once, and `after` goes on from there', async () => {
    await using api = await temporaryApi();
    const follower = await api.follow(`circulation(${input}) { ... on RunEvent { run { id } } }`);
    api.engine.step(started);
    const { run } = (await follower.next()) as { run: { id: string } };
    await api.store.append(
      atob(run.id).slice('Run:'.length),
      Array.from({ length: 450 }, (_, layer) => passed(layer)),
    );
    const pages: number[][] = [];
    do {
      const after = JSON.stringify(pages.at(-1)?.at(-1)?.toString() ?? null);
      const answer = await api.answerTo(
        `{ run(id: "${run.id}") { events(after: ${after}) { edges { node { seq } } } } }`,
      );
      const { edges } = (answer.run as { events: { edges: { node: { seq: number } }[] } }).events;
      pages.push(edges.map(({ node }) => node.seq));
    } while (pages.at(-1)?.length);
    assert.deepEqual(
      pages.map(({ length }) => length),
      [200, 200, 51, 0],
    );
    assert.deepEqual(pages.flat(), [...Array(451).keys()]);
    await follower.leave();
  });
});
