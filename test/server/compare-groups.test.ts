/** Groups of runs beside each other. Their numbers are those of the answers of the runs; what follows of them, see SciPy's. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { encodeGlobalID } from '@pothos/plugin-relay';
import { globalIdOf } from '../../src/api/global-id.ts';
import { tensorValues } from '../../src/client/client.ts';
import {
  CompareGroupsDocument,
  type CompareGroupsInput,
  type CompareGroupsQuery,
  type LogitAttributionInput,
  StartCirculationDocument,
} from '../../src/client/generated/graphql.ts';
import { queryData } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

type Comparison = Extract<CompareGroupsQuery['compareGroups'], { __typename: 'GroupComparison' }>;

interface Attributed {
  readonly run: { readonly id: string };
  readonly audit: { readonly logit: number };
  readonly target: { readonly rank: number; readonly probability: number };
  readonly tokens: readonly { readonly score: number; readonly token: { readonly text: string } }[];
  readonly layers?: readonly {
    readonly attention: { readonly total: number };
    readonly mlp: { readonly total: number };
    readonly heads: readonly { readonly total: number }[];
  }[];
}

const plain = 'run { id } audit { logit } target { rank probability } tokens { score token { text } }';
const withLayers = `${plain} layers { attention { total } mlp { total } heads { total } }`;

const names = ['John', 'Anna', 'Paul', 'Emma', 'Tom'] as const;
const sides = { first: 'Mary', second: 'Lucy' } as const;
/** Names in which the two groups differ, and those that they share. */
const text = (side: string, name: string) => `When ${side} and ${name} went to the store, ${name} gave a book to`;

type Sample = Comparison['figures'][number]['a'];

function numbersIn(sample: Sample | undefined): number[] {
  return [...tensorValues(sample?.values ?? assert.fail())];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('groups of runs', () => {
  let server: TestServer;
  let database: DatabaseSync;
  /** By side, in the order of the names. */
  const answers: Record<keyof typeof sides, Attributed[]> = { first: [], second: [] };
  const sweeps: Record<keyof typeof sides, string> = { first: '', second: '' };
  before(async () => {
    server = await startTestServer();
    for (const [side, name] of Object.entries(sides) as [keyof typeof sides, string][])
      for (const other of names)
        answers[side].push(
          await attribute({
            model: 'sample',
            prompt: { text: text(name, other) },
            target: { token: { text: ` ${name}` } },
          }),
        );
    database = new DatabaseSync(server.settings.databaseUrl.slice('file:'.length));
    database.exec(
      `INSERT INTO "Experiment" (id, name, createdAt) VALUES ('names', 'names', '2026-11-30T00:00:00.000Z')`,
    );
    for (const [side, name] of Object.entries(sides) as [keyof typeof sides, string][]) {
      sweeps[side] = encodeGlobalID('Sweep', side);
      database.exec(
        `INSERT INTO "Sweep" (id, experimentId, status, request, rowCount, createdAt) VALUES ('${side}', 'names', 'COMPLETED', '{}', ${names.length}, '2026-11-30T00:00:00.000Z')`,
      );
      const insert = database.prepare(
        `INSERT INTO "SweepRow" (sweepId, "index", status, slots, request, runId) VALUES (?, ?, 'DONE', ?, '{}', ?)`,
      );
      // The second sweep has its rows the other way round.
      const order = side === 'first' ? [...names.keys()] : [...names.keys()].reverse();
      for (const [index, place] of order.entries())
        insert.run(side, index, JSON.stringify({ a: name, b: names[place] as string }), rawId(answers[side][place]));
    }
    const join = database.prepare(`INSERT INTO "ExperimentRun" VALUES ('names', ?, '2026-11-30T00:00:00.000Z')`);
    for (const answer of answers.second) join.run(rawId(answer));
  });
  after(async () => {
    await server.close();
    database.close();
  });

  const rawId = (answer: Attributed | undefined) => globalIdOf(answer?.run.id ?? '')?.id ?? assert.fail();
  const idsOf = (side: keyof typeof sides) => answers[side].map(({ run }) => run.id);
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
  type Input = Omit<CompareGroupsInput, 'resamples' | 'confidence' | 'seed'> & Partial<CompareGroupsInput>;
  const ask = async (input: Input) => {
    const variables = { input: input as CompareGroupsInput, values: true };
    return (await server.client.request(CompareGroupsDocument, variables)).compareGroups;
  };
  const compared = async (input: Input): Promise<Comparison> => {
    const answer = await ask(input);
    assert.ok(answer.__typename === 'GroupComparison', JSON.stringify(answer));
    return answer;
  };
  const refused = async (input: Input) => {
    const answer = await ask(input);
    assert.ok(answer.__typename !== 'GroupComparison', JSON.stringify(answer));
    return [answer.__typename, 'field' in answer ? answer.field : null, answer.message] as const;
  };
  const near = (actual: number | undefined, expected: number | undefined) =>
    assert.ok(Math.abs((actual ?? Number.NaN) - (expected ?? Number.NaN)) < 1e-5, `${actual} is not ${expected}`);
  const by = (side: keyof typeof sides) => ({ runs: idsOf(side) });

  it('are compared by what is explained, rank and probability, run by run', async () => {
    const figures = [{ score: true }, { rank: true }, { probability: true }];
    const { comparisons, pairs, countA, countB, missing, ...comparison } = await compared({
      a: by('first'),
      b: by('second'),
      figures,
    });
    assert.deepEqual([comparisons, pairs, countA, countB, missing], [3, null, 5, 5, 0]);
    const read: ((answer: Attributed) => number)[] = [
      ({ audit }) => audit.logit,
      ({ target }) => target.rank,
      ({ target }) => target.probability,
    ];
    for (const [index, { a, b, difference, ...rest }] of comparison.figures.entries()) {
      const [ofA, ofB] = [answers.first.map(read[index] ?? Number), answers.second.map(read[index] ?? Number)];
      assert.deepEqual([a.runs, b?.runs], [idsOf('first'), idsOf('second')]);
      for (const [place, value] of numbersIn(a).entries()) near(value, ofA[place]);
      near(a.mean, mean(ofA));
      near(b?.mean, mean(ofB));
      near(difference, mean(ofA) - mean(ofB));
      // 252 ways to choose five of ten.
      assert.equal(rest.exact, true);
      near(rest.pValue * 252, Math.round(rest.pValue * 252));
    }
    assert.deepEqual(
      comparison.figures.map(({ figure }) => figure.name),
      ['SCORE', 'RANK', 'PROBABILITY'],
    );
  });

  it('are paired by the values of slots, whatever the order of their rows', async () => {
    const { pairs, figures, missing } = await compared({
      a: { sweep: sweeps.first },
      b: { sweep: sweeps.second },
      pairBy: 'SLOTS',
      pairSlots: ['b'],
      figures: [{ score: true }],
    });
    assert.deepEqual([pairs, missing], [5, 0]);
    const [score] = figures;
    assert.deepEqual(score?.a.runs, idsOf('first'));
    assert.deepEqual(score?.b?.runs, idsOf('second'));
    near(
      score?.difference,
      mean(answers.first.map(({ audit }, index) => audit.logit - (answers.second[index]?.audit.logit ?? 0))),
    );
    // 32 ways to flip five signs.
    assert.equal(score?.exact, true);
    near((score?.pValue ?? 0) * 32, Math.round((score?.pValue ?? 0) * 32));
  });

  it('are those whose rows have texts in their slots', async () => {
    const of = (name: string) => ({ slots: [{ name: 'b', value: name }] });
    const { figures, countA } = await compared({ a: of('Anna'), figures: [{ score: true }] });
    assert.equal(countA, 2);
    assert.deepEqual(figures[0]?.a.runs, [answers.first[1]?.run.id, answers.second[1]?.run.id]);
    const { countA: ofBoth } = await compared({
      a: { ...of('Anna'), sweep: sweeps.second },
      figures: [{ score: true }],
    });
    assert.equal(ofBoth, 1);
    for (const value of ['anna', 'Ann', '%', 'An\u0000na', '"'])
      assert.deepEqual((await refused({ a: of(value), figures: [{ score: true }] })).slice(0, 2), [
        'InputError',
        'input.a',
      ]);
  });

  it("are compared by the tokens that a slot's text makes, and by a position", async () => {
    const { figures } = await compared({
      a: { sweep: sweeps.first },
      figures: [{ token: { slot: 'b' } }, { token: { position: -1 } }, { token: { position: 1 } }],
    });
    const expected = answers.first.map(({ tokens }, index) =>
      tokens.filter(({ token }) => token.text.trim() === names[index]).reduce((sum, { score }) => sum + score, 0),
    );
    assert.ok(
      expected.every((score) => score !== 0),
      String(expected),
    );
    for (const [place, value] of numbersIn(figures[0]?.a).entries()) near(value, expected[place]);
    near(figures[1]?.a.mean, mean(answers.first.map(({ tokens }) => tokens.at(-1)?.score ?? 0)));
    near(figures[2]?.a.mean, mean(answers.first.map(({ tokens }) => tokens[1]?.score ?? 0)));
    assert.deepEqual(
      figures.map(({ figure }) => figure.label),
      ['tokens of the slot b', 'token at position -1', 'token at position 1'],
    );
  });

  it('are compared by one head, by every head and by every block, p-values adjusted for all of them', async () => {
    const { figures, comparisons } = await compared({
      a: { sweep: sweeps.first },
      b: { sweep: sweeps.second },
      pairBy: 'SLOTS',
      pairSlots: ['b'],
      figures: [{ heads: true }, { head: { layer: 2, head: 3 } }, { layers: true }],
    });
    assert.equal(comparisons, 24 + 1 + 8);
    const heads = figures.filter(({ figure }) => figure.name === 'HEAD');
    assert.deepEqual(heads[15]?.figure, { name: 'HEAD', layer: 2, head: 3, label: 'head 3 of block 2' });
    const expected = answers.first.map(({ layers }) => layers?.[2]?.heads[3]?.total ?? Number.NaN);
    near(heads[15]?.a.mean, mean(expected));
    near(heads[24]?.a.mean, mean(expected));
    const mlp = figures.find(({ figure }) => figure.name === 'MLP' && figure.layer === 3);
    near(mlp?.a.mean, mean(answers.first.map(({ layers }) => layers?.[3]?.mlp.total ?? Number.NaN)));
    const sorted = figures
      .map(({ pValue, adjustedPValue }) => [pValue, adjustedPValue] as const)
      .sort(([a], [b]) => a - b);
    near(sorted[0]?.[1], Math.min(1, (sorted[0]?.[0] ?? 0) * comparisons));
    for (const [pValue, adjusted] of sorted) assert.ok(adjusted >= pValue && adjusted <= 1);
  });

  it('that are the same differ by nothing', async () => {
    const same = { a: by('first'), b: by('first'), figures: [{ score: true }, { heads: true }] };
    for (const pairBy of ['PROMPT', 'ORDER', null] as const) {
      const { figures } = await compared({ ...same, pairBy });
      for (const { difference, pValue, adjustedPValue, interval, effectSize } of figures) {
        assert.deepEqual([difference, pValue, adjustedPValue], [0, 1, 1]);
        if (pairBy) assert.deepEqual([interval, effectSize], [{ low: 0, high: 0 }, null]);
      }
    }
  });

  it('are answered the same when they are asked again, and otherwise by another seed', async () => {
    const input = { a: by('first'), b: by('second'), figures: [{ score: true }], resamples: 200 };
    const answer = await compared(input);
    assert.deepEqual(await compared(input), answer);
    const other = await compared({ ...input, seed: 7 });
    assert.notDeepEqual(other.figures[0]?.interval, answer.figures[0]?.interval);
  });

  it('leave out runs without a partner or without the figure, and say why', async () => {
    const bare = await attribute(
      { model: 'sample', prompt: { text: text('Mary', 'Sam') }, target: { token: { text: ' Mary' } } },
      plain,
    );
    const a = { runs: [...idsOf('first'), bare.run.id] };
    const { missing, missingRuns, figures } = await compared({ a, figures: [{ score: true }, { heads: true }] });
    assert.equal(missing, 1);
    assert.deepEqual(missingRuns, [
      { group: 'A', count: 1, reason: '`layers` is not stored: select it of its LogitAttribution once' },
    ]);
    assert.deepEqual([figures[0]?.a.count, figures[1]?.a.count], [6, 5]);
    const unlike = await compared({ a, b: by('first'), pairBy: 'PROMPT', figures: [{ score: true }] });
    assert.deepEqual([unlike.pairs, unlike.missing], [5, 1]);
    assert.match(unlike.missingRuns[0]?.reason ?? '', /no run of the same prompt/);
    const [type, , message] = await refused({ a: { runs: [bare.run.id] }, figures: [{ heads: true }] });
    assert.equal(type, 'RunStateError');
    assert.match(message, /No run of `a` has the figure "every head"; of the first, `layers` is not stored/);
    const [, , unpaired] = await refused({
      a: by('first'),
      b: by('second'),
      pairBy: 'PROMPT',
      figures: [{ rank: true }],
    });
    assert.match(unpaired, /No run of `a` has a partner in `b`/);
    const [, , faithless] = await refused({ a: by('first'), figures: [{ faithfulness: true }] });
    assert.match(faithless, /`faithfulness` is not stored/);
  });

  it('are those that a filter admits', async () => {
    const filter = { model: 'sample', prompt: 'lucy and', kinds: ['LOGIT_ATTRIBUTION' as const] };
    const { figures, countA } = await compared({ a: { filter }, figures: [{ score: true }] });
    assert.equal(countA, 5);
    assert.deepEqual(figures[0]?.a.runs, idsOf('second'));
    const ofExperiment = await compared({
      a: { filter: { experiment: 'names' } },
      b: by('first'),
      pairBy: 'ORDER',
      figures: [{ score: true }],
    });
    assert.deepEqual(ofExperiment.figures[0]?.a.runs, idsOf('second'));
    const [type, field] = await refused({ a: { filter: { statuses: ['FAILED'] } }, figures: [{ score: true }] });
    assert.deepEqual([type, field], ['InputError', 'input.a']);
  });

  it('of circulations are compared by their tracked tokens', async () => {
    const ids: string[] = [];
    for (const text of ['The river takes', 'The river gives']) {
      const input = { model: 'sample', prompt: { text }, track: [1] };
      const { startCirculation: started } = await server.client.request(StartCirculationDocument, { input });
      assert.ok(started.__typename === 'RunPayload');
      await collect(server.client.followRun(started.run.id));
      ids.push(started.run.id);
    }
    const { figures } = await compared({
      a: { runs: ids },
      figures: [{ score: true }, { token: { position: 1 } }, { probability: true }],
    });
    assert.equal(figures[0]?.a.count, 2);
    assert.deepEqual(numbersIn(figures[0]?.a), numbersIn(figures[1]?.a));
    const [type, , message] = await refused({ a: { runs: [...ids, ...idsOf('first')] }, figures: [{ score: true }] });
    assert.equal(type, 'RunStateError');
    assert.match(message, /some are a CIRCULATION and some a LOGIT_ATTRIBUTION; say in their `filter`/);
  });

  it('of other units are not put together', async () => {
    const { run } = await attribute(
      { model: 'sample', prompt: { text: 'The river' }, target: { kind: 'LOG_PROBABILITY' } },
      plain,
    );
    const [, , message] = await refused({ a: { runs: [run.id] }, b: by('first'), figures: [{ score: true }] });
    assert.match(message, /some runs explain a LOG_PROBABILITY and some a LOGIT/);
  });

  const bad: readonly [what: string, input: (fine: Input) => Input, type: string, field: string | null][] = [
    ['a group of nothing', (fine) => ({ ...fine, a: {} }), 'InputError', 'input.a'],
    ['a second group of nothing', (fine) => ({ ...fine, b: {} }), 'InputError', 'input.b'],
    ['a run that there is not', (fine) => ({ ...fine, a: { runs: ['no run', '\u0000'] } }), 'UnknownRunError', null],
    ['a sweep that is none', (fine) => ({ ...fine, a: { sweep: 'nonsense' } }), 'InputError', 'input.a.sweep'],
    [
      'a sweep of no rows',
      (fine) => ({ ...fine, a: { sweep: encodeGlobalID('Sweep', 'none') } }),
      'InputError',
      'input.a.sweep',
    ],
    ['pairs without a second group', (fine) => ({ ...fine, pairBy: 'ORDER' }), 'InputError', 'input.pairBy'],
    ['slots without SLOTS', (fine) => ({ ...fine, pairSlots: ['b'] }), 'InputError', 'input.pairSlots'],
    ['SLOTS without slots', (fine) => ({ ...fine, b: fine.a, pairBy: 'SLOTS' }), 'InputError', 'input.pairSlots'],
    [
      'slots beside PROMPT',
      (fine) => ({ ...fine, b: fine.a, pairBy: 'PROMPT', pairSlots: ['b'] }),
      'InputError',
      'input.pairSlots',
    ],
    ['no figure', (fine) => ({ ...fine, figures: [] }), 'InputError', 'input.figures'],
    [
      'too many figures',
      (fine) => ({ ...fine, figures: Array(101).fill({ rank: true }) }),
      'InputError',
      'input.figures',
    ],
    [
      'a figure that is not wanted',
      (fine) => ({ ...fine, figures: [{ rank: false }] }),
      'InputError',
      'input.figures.0',
    ],
    ['too few resamples', (fine) => ({ ...fine, resamples: 1 }), 'InputError', 'input.resamples'],
    ['too many resamples', (fine) => ({ ...fine, resamples: 100_001 }), 'InputError', 'input.resamples'],
    ['certainty', (fine) => ({ ...fine, confidence: 1 }), 'InputError', 'input.confidence'],
    [
      'a head that there is not',
      (fine) => ({ ...fine, figures: [{ head: { layer: 4, head: 0 } }] }),
      'RunStateError',
      null,
    ],
    [
      'a head before the first',
      (fine) => ({ ...fine, figures: [{ head: { layer: 0, head: -1 } }] }),
      'RunStateError',
      null,
    ],
    [
      'a position beyond the prompt',
      (fine) => ({ ...fine, figures: [{ token: { position: 1000 } }] }),
      'RunStateError',
      null,
    ],
    [
      'a slot that there is not',
      (fine) => ({ ...fine, figures: [{ token: { slot: '__proto__' } }] }),
      'RunStateError',
      null,
    ],
    [
      'a text that is too long',
      (fine) => ({ ...fine, a: { filter: { prompt: 'x'.repeat(1001) } } }),
      'InputError',
      'input.a.filter.prompt',
    ],
  ];
  for (const [what, input, type, field] of bad)
    it(`are refused for ${what}`, async () => {
      const [found, where, message] = await refused(input({ a: by('first'), figures: [{ score: true }] }));
      assert.deepEqual([found, where], [type, field], message);
    });
});
