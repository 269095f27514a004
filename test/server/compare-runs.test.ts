/** Two runs beside each other: what was asked differently, and what that makes of tokens, blocks and heads. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CompareRunsDocument,
  type CompareRunsQuery,
  type LogitAttributionInput,
  StartCirculationDocument,
  StartGenerationDocument,
} from '../../src/client/generated/graphql.ts';
import { queryData } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

type Comparison = Extract<CompareRunsQuery['compareRuns'], { __typename: 'RunComparison' }>;

interface Attributed {
  readonly run: { readonly id: string };
  readonly bias: number;
  readonly intercept: number;
  readonly audit: { readonly logit: number };
  readonly tokens: readonly { readonly score: number }[];
}

const plain = 'run { id } bias intercept audit { logit } tokens { score }';
const withLayers = `${plain} layers { heads { total direct } }`;
const prompt = (name: string) => ({ text: `When Mary and ${name} went to the store, ${name} gave a book to` });

describe('two runs', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const attribute = async (input: LogitAttributionInput, selection = withLayers): Promise<Attributed> => {
    const query = `query ($input: LogitAttributionInput!) { logitAttribution(input: $input) { __typename ... on Error { message } ... on LogitAttribution { ${selection} } } }`;
    const { logitAttribution } = await queryData<{ logitAttribution: Attributed & { __typename: string } }>(
      server.url,
      query,
      { input },
    );
    assert.equal(logitAttribution.__typename, 'LogitAttribution', JSON.stringify(logitAttribution));
    return logitAttribution;
  };
  const compare = async (a: string, b: string, finer = true) =>
    (await server.client.request(CompareRunsDocument, { a, b, finer })).compareRuns;
  const compared = async (a: string, b: string, finer = true): Promise<Comparison> => {
    const comparison = await compare(a, b, finer);
    assert.ok(comparison.__typename === 'RunComparison', JSON.stringify(comparison));
    return comparison;
  };
  const refused = async (a: string, b: string) => {
    const answer = await compare(a, b);
    assert.ok(answer.__typename !== 'RunComparison');
    return [answer.__typename, answer.message] as const;
  };
  const circulate = async (text: string, track?: number[]) => {
    const input = { model: 'sample', prompt: { text }, ...(track && { track }) };
    const { startCirculation: started } = await server.client.request(StartCirculationDocument, { input });
    assert.ok(started.__typename === 'RunPayload', JSON.stringify(started));
    await collect(server.client.followRun(started.run.id));
    return started.run.id;
  };

  it('that differ in a name differ in its tokens, and their differences sum to that of what is explained', async () => {
    const a = await attribute({ model: 'sample', prompt: prompt('John') });
    const b = await attribute({ model: 'sample', prompt: prompt('Anna') });
    const { tokens, score, bias, differs, notes, ...comparison } = await compared(a.run.id, b.run.id);
    assert.deepEqual([comparison.a.id, comparison.b.id], [a.run.id, b.run.id]);
    assert.deepEqual(score, { a: a.audit.logit, b: b.audit.logit, difference: a.audit.logit - b.audit.logit });
    const replaced = tokens.filter(({ change }) => change !== 'SAME');
    assert.ok(replaced.length >= 2, JSON.stringify(tokens));
    assert.match(differs.find((line) => line.startsWith('prompt')) ?? '', /^prompt: of its tokens 2 replaced$/);
    assert.deepEqual(
      replaced.map(({ a, b }) => [a?.text.trim(), b?.text.trim()]),
      [
        ['John', 'Anna'],
        ['John', 'Anna'],
      ],
    );
    assert.deepEqual(
      tokens.map(({ scoreA }) => scoreA),
      a.tokens.map(({ score }) => score),
    );
    assert.deepEqual(
      tokens.map(({ scoreB }) => scoreB),
      b.tokens.map(({ score }) => score),
    );
    const sum = tokens.reduce((total, { difference }) => total + difference, bias?.difference ?? 0);
    assert.ok(Math.abs(sum - score.difference) < 1e-3, `${sum} is not ${score.difference}`);
    assert.deepEqual(
      notes.map((note) => note.replace(/run [\w-]+/, 'run …')),
      Array(2).fill(
        'faithfulness: run … has none stored; select `faithfulness` of its `LogitAttribution` once, which computes and stores it, and compare again',
      ),
    );
  });

  it('have the differences of blocks and heads that are stored of both', async () => {
    const select = `${plain} layers { layer attention { total direct } mlp { total direct } heads { head total direct } }`;
    type Layers = { layers: { attention: object; mlp: object; heads: { total: number; direct: number }[] }[] };
    const a = (await attribute({ model: 'sample', prompt: prompt('John') }, select)) as Attributed & Layers;
    const b = (await attribute({ model: 'sample', prompt: prompt('Anna') }, select)) as Attributed & Layers;
    const { layers, heads } = await compared(a.run.id, b.run.id);
    assert.equal(layers?.length, 4);
    assert.equal(heads?.length, 24);
    for (const { layer, head, total, direct } of heads ?? []) {
      const [ofA, ofB] = [a.layers[layer]?.heads[head], b.layers[layer]?.heads[head]];
      assert.deepEqual([total.a, total.b, direct.a, direct.b], [ofA?.total, ofB?.total, ofA?.direct, ofB?.direct]);
      assert.equal(total.difference, total.a - total.b);
    }
    for (const { layer, attention, mlp } of layers ?? []) {
      const of = (side: 'a' | 'b') => ({ total: attention.total[side], direct: attention.direct[side] });
      assert.deepEqual([of('a'), of('b')], [a.layers[layer]?.attention, b.layers[layer]?.attention]);
      assert.deepEqual({ total: mlp?.total.a, direct: mlp?.direct.a }, a.layers[layer]?.mlp);
    }
  });

  it('that are one differ by nothing', async () => {
    const { run } = await attribute(
      { model: 'sample', prompt: prompt('John') },
      `${withLayers} faithfulness { counts }`,
    );
    const same = await compared(run.id, run.id);
    assert.deepEqual([same.differs, same.notes], [[], []]);
    assert.equal(same.score.difference, 0);
    assert.equal(same.faithfulness?.comprehensiveness.difference, 0);
    for (const { change, difference } of same.tokens) assert.deepEqual([change, difference], ['SAME', 0]);
    for (const { total, direct } of same.heads ?? assert.fail())
      assert.deepEqual([total.difference, direct.difference], [0, 0]);
  });

  it('have nothing computed for them: what is not stored is null, and said', async () => {
    const a = await attribute({ model: 'sample', prompt: { text: 'The river takes' } }, plain);
    const b = await attribute({ model: 'sample', prompt: { text: 'The river gives' } }, withLayers);
    const { layers, heads, notes } = await compared(a.run.id, b.run.id);
    assert.deepEqual([layers, heads], [null, null]);
    const ofLayers = notes.filter((note) => note.startsWith('layers'));
    assert.equal(ofLayers.length, 1);
    assert.match(
      ofLayers[0] ?? '',
      new RegExp(`^layers: run ${Buffer.from(a.run.id, 'base64').toString().slice(4)} has none stored`),
    );
    const { notes: unasked } = await compared(a.run.id, b.run.id, false);
    assert.deepEqual(unasked, []);
    await attribute({ model: 'sample', prompt: { text: 'The river takes' } }, withLayers);
    assert.equal((await compared(a.run.id, b.run.id)).heads?.length, 24);
  });

  it('say what was asked differently: method, options, target', async () => {
    const frozen = await attribute({ model: 'sample', prompt: prompt('John') });
    const occlusion = await attribute(
      {
        model: 'sample',
        prompt: prompt('John'),
        method: 'OCCLUSION',
        target: { token: { text: ' Mary' }, against: { text: ' John' } },
      },
      plain,
    );
    const { differs, notes } = await compared(frozen.run.id, occlusion.run.id);
    assert.equal(differs[0], 'method: FROZEN and OCCLUSION');
    assert.equal(differs[1], 'options: none and baseline zero');
    assert.match(differs[2] ?? '', /^target: ".*" at position \d+ and " Mary" against " John" at position \d+$/);
    assert.equal(differs.length, 3);
    assert.ok(
      notes.some((note) => note.startsWith('layers: with OCCLUSION and the target of run')),
      String(notes),
    );
  });

  it('of circulations are compared by the tokens that they track', async () => {
    const [a, b] = [await circulate('The river takes', [0, 1]), await circulate('The old river takes', [0, 2])];
    const { tokens, score, bias, layers, notes } = await compared(a, b);
    const tracked = tokens.filter(({ scoreA, scoreB }) => scoreA !== null || scoreB !== null);
    assert.deepEqual(
      tracked.map(({ change, a, b }) => [change, a?.text, b?.text]),
      [
        ['SAME', 'The', 'The'],
        ['SAME', ' river', ' river'],
      ],
    );
    assert.deepEqual(
      tokens.filter(({ change }) => change !== 'SAME').map(({ change, b }) => [change, b?.text]),
      [['ADDED', ' old']],
    );
    assert.deepEqual([bias, layers], [null, null]);
    const sum = tokens.reduce((total, { difference }) => total + difference, 0);
    assert.ok(Math.abs(sum - score.difference) < 1e-12);
    assert.ok(notes.every((note) => note.endsWith('is a CIRCULATION, which has none')));
  });

  it('of other kinds, models or units are refused, with what could be compared', async () => {
    const a = (await attribute({ model: 'sample', prompt: prompt('John') })).run.id;
    const circulation = await circulate('The river takes');
    const [type, message] = await refused(a, circulation);
    assert.equal(type, 'RunStateError');
    assert.match(message, /is a LOGIT_ATTRIBUTION and run .* a CIRCULATION.*compare runs of one kind/);
    const llama = await attribute({ model: 'llama', prompt: { text: 'the river' } }, plain);
    assert.match(
      (await refused(a, llama.run.id))[1],
      /have other vocabularies: token \d+ is ".*" in sample and ".*" in llama/,
    );
    const probability = await attribute(
      { model: 'sample', prompt: prompt('John'), target: { kind: 'PROBABILITY' } },
      plain,
    );
    assert.match(
      (await refused(a, probability.run.id))[1],
      /explains a LOGIT and run .* a PROBABILITY.*same `target.kind`/,
    );
  });

  it('that are no completed runs with scores are refused', async () => {
    const a = (await attribute({ model: 'sample', prompt: prompt('John') })).run.id;
    assert.deepEqual((await refused(a, 'nonsense'))[0], 'UnknownRunError');
    assert.deepEqual((await refused('\u0000', a))[0], 'UnknownRunError');
    const input = { model: 'sample', prompt: { text: 'The river' }, maxTokens: 2 };
    const { startGeneration } = await server.client.request(StartGenerationDocument, { input });
    assert.ok(startGeneration.__typename === 'RunPayload');
    await collect(server.client.followRun(startGeneration.run.id));
    assert.match(
      (await refused(startGeneration.run.id, a))[1],
      /is a GENERATION, which has no scores of a prompt's tokens/,
    );
    server.queue.holdBefore = 0;
    const held = { model: 'sample', prompt: { text: 'The river is held' } };
    const { startCirculation } = await server.client.request(StartCirculationDocument, { input: held });
    assert.ok(startCirculation.__typename === 'RunPayload');
    assert.match(
      (await refused(startCirculation.run.id, a))[1],
      /is (QUEUED|RUNNING); compare runs that are COMPLETED/,
    );
  });
});
