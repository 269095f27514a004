/** A completed generation as a whole: read from what it told, and the same whenever and by whomever it is read. */
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import { Matrix, solve } from 'ml-matrix';
import { tensorValues } from '../../src/client/client.ts';
import {
  GenerationAnswerDocument,
  type GenerationAnswerQuery,
  GenerationDocument,
  type GenerationEventPartsFragment,
  type GenerationInput,
  LogitAttributionDocument,
  ScoreGroupsDocument,
  type ScoreGroupsQueryVariables,
  StartGenerationDocument,
} from '../../src/client/generated/graphql.ts';
import { EventStore } from '../../src/runs/event-store.ts';
import { postQuery, postSubscription, queryData } from '../support/post-query.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const text = 'When Mary and John went to the store, John gave a drink to';
const input: GenerationInput = { model: 'sample', prompt: { text }, maxTokens: 12, stop: { endOfText: false } };
/** Of float32, relative to the largest. */
const single = 1e-6;

type Event<Name extends string> = Extract<GenerationEventPartsFragment, { __typename: Name }>;
type Attributed = Required<Event<'TokenAttributed'>>;
type Answer = NonNullable<NonNullable<GenerationAnswerQuery['run']>['generation']>;

async function generate(server: TestServer, asked: GenerationInput, explained = true) {
  const events = (await collect(server.client.subscribe(GenerationDocument, { input: asked, explained }))).map(
    ({ generation }) => generation,
  );
  const of = <Name extends string>(name: Name) =>
    events.filter((event): event is Event<Name> => event.__typename === name);
  const [started] = of('GenerationStarted');
  const [completed] = of('GenerationCompleted');
  assert.ok(started && completed, JSON.stringify(events.at(-1)));
  return { id: completed.run.id, started, completed, attributed: of('TokenAttributed') as Attributed[] };
}

async function answerOf({ client }: TestServer, id: string): Promise<Answer> {
  const { run } = await client.request(GenerationAnswerDocument, { id });
  assert.ok(run?.generation);
  return run.generation;
}

/** [answer token, …] */
function rowsOf(tensor: { shape: readonly number[]; base64: string } | null | undefined): number[][] {
  assert.ok(tensor);
  const [rows = 0, width = 0] = tensor.shape;
  const values = Array.from(tensorValues(tensor));
  assert.equal(values.length, rows * width);
  return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const near = (found: number, wanted: number, within: number, what = '') =>
  assert.ok(Math.abs(found - wanted) <= within, `${what} ${found} and ${wanted}`);

describe('the answer of a completed generation', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());
  afterEach(() => mock.restoreAll());

  it('is what its events told: text, tokens, and a matrix of what each comes from', async () => {
    const { id, started, completed, attributed } = await generate(server, input);
    const answer = await answerOf(server, id);
    assert.deepEqual(
      [answer.text, answer.stopReason, answer.tokens, answer.promptTokens],
      [completed.text, completed.stopReason, completed.tokens, started.tokens],
    );
    const [prompt, count] = [started.tokens.length, completed.tokens.length];
    assert.deepEqual(answer.matrix?.shape, [count, prompt + count]);
    const rows = rowsOf(answer.matrix);
    assert.equal(attributed.length, count);
    for (const { index, scores, bias, intercept, audit } of attributed) {
      const row = rows[index] ?? [];
      assert.deepEqual(row, [...scores, ...Array<number>(count - index).fill(0)]);
      assert.deepEqual([answer.bias?.[index], answer.intercept?.[index]], [bias, intercept]);
      assert.equal(answer.values?.[index], audit.logit);
      assert.equal(answer.audit?.relativeGaps[index], audit.relativeGap);
    }
    assert.deepEqual([answer.audit?.tokens, answer.audit?.passed], [count, count]);
    assert.equal(answer.audit?.largestRelativeGap, Math.max(...attributed.map(({ audit }) => audit.relativeGap)));
  });

  it('has rows that are complete by themselves', async () => {
    for (const attribution of [{}, { kind: 'LOG_PROBABILITY' }] as const) {
      const { id } = await generate(server, { ...input, attribution });
      const { gaps } = (
        await queryData<{ run: { generation: { audit: { gaps: number[] } } } }>(
          server.url,
          'query ($id: ID!) { run(id: $id) { generation { audit { gaps } } } }',
          { id },
        )
      ).run.generation.audit;
      const { matrix, values, bias, intercept } = await answerOf(server, id);
      for (const [index, row] of rowsOf(matrix).entries()) {
        const parts = sum(row) + (bias?.[index] ?? 0) + (intercept?.[index] ?? 0) + (gaps[index] ?? 0);
        near(parts, values?.[index] ?? Number.NaN, single * Math.max(...row.map(Math.abs)));
      }
    }
  });

  it('is traced back to the prompt as the dense system says', async () => {
    const { id, started, attributed } = await generate(server, input);
    const { toPrompt } = await answerOf(server, id);
    assert.ok(toPrompt);
    const prompt = started.tokens.length;
    const count = attributed.length;
    const normal = attributed.map(({ scores }) => {
      const positive = scores.map((score) => Math.max(score, 0));
      const whole = Array.from({ length: prompt + count }, (_, position) => positive[position] ?? 0);
      return whole.map((score) => score / sum(positive));
    });
    const p = new Matrix(normal.map((row) => row.slice(0, prompt)));
    const q = new Matrix(normal.map((row) => row.slice(prompt)));
    assert.ok(q.get(count - 1, count - 2) + q.get(1, 0) > 0, 'some of it goes through the answer');
    const shares = solve(Matrix.sub(Matrix.eye(count), q), p).to2DArray();
    for (const [index, row] of rowsOf(toPrompt.shares).entries()) {
      for (const [position, share] of row.entries()) near(share, shares[index]?.[position] ?? Number.NaN, single);
      near(sum(row) + (toPrompt.untraced[index] ?? 0), 1, single);
    }
    for (const [position, share] of toPrompt.answer.entries())
      near(share, sum(shares.map((row) => row[position] ?? 0)) / count, single);
  });

  it('is there, but for what its tokens come from, where they were not explained', async () => {
    const { id, completed } = await generate(server, { ...input, maxTokens: 3 }, false);
    const { text, tokens, matrix, values, bias, intercept, audit, toPrompt } = await answerOf(server, id);
    assert.deepEqual([text, tokens], [completed.text, completed.tokens]);
    assert.deepEqual([matrix, values, bias, intercept, audit, toPrompt], Array(6).fill(null));
    const { run } = await server.client.request(ScoreGroupsDocument, { id, by: 'WORDS' });
    assert.deepEqual(run?.generation, { groups: null });
  });

  it('is null of a run that has none: of another kind, and of one that is not completed', async () => {
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, {
      input: { model: 'sample', prompt: { text } },
    });
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    const other = await server.client.request(GenerationAnswerDocument, { id: logitAttribution.run.id });
    assert.equal(other.run?.generation, null);
    server.queue.watched = ['generation'];
    server.queue.holdBefore = 1;
    const { startGeneration } = await server.client.request(StartGenerationDocument, {
      input: { ...input, maxTokens: 2 },
    });
    assert.ok(startGeneration.__typename === 'RunPayload');
    const { id } = startGeneration.run;
    assert.equal((await server.client.request(GenerationAnswerDocument, { id })).run?.generation, null);
    server.queue.holdBefore = -1;
    server.queue.lastGate?.hold(-1);
    await collect(server.client.followRun(id));
    assert.ok((await server.client.request(GenerationAnswerDocument, { id })).run?.generation);
  });

  it('is part of the last event, for which the tokens are explained where that is selected of it', async () => {
    const asked = (fields: string) =>
      postSubscription<{ generation: { __typename: string; generation?: { matrix?: { shape: number[] } | null } } }>(
        server.url,
        `subscription { generation(input: { model: "sample", prompt: { text: "The river" }, maxTokens: 4 }) {
          __typename ... on GenerationCompleted { generation { text ${fields} } } } }`,
      );
    const plain = await asked('');
    assert.ok(!plain.some(({ data }) => data.generation.__typename === 'TokenAttributed'));
    const events = (await asked('matrix { shape }')).map(({ data }) => data.generation);
    assert.equal(events.filter(({ __typename }) => __typename === 'TokenAttributed').length, 4);
    assert.deepEqual(events.at(-1)?.generation?.matrix?.shape, [4, 2 + 4]);
  });

  it('has an id of its own, by which it is found', async () => {
    const { id: runId } = await generate(server, input);
    const asked = '... on Generation { id text audit { passed } run { id } }';
    const { run } = await queryData<{ run: { generation: { id: string; run: { id: string } } } }>(
      server.url,
      `query ($id: ID!) { run(id: $id) { generation { ${asked} } } }`,
      { id: runId },
    );
    assert.equal(run.generation.run.id, runId);
    const { node } = await queryData<{ node: object }>(
      server.url,
      `query ($id: ID!) { node(id: $id) { __typename ${asked} } }`,
      { id: run.generation.id },
    );
    assert.deepEqual(node, { __typename: 'Generation', ...run.generation });
  });

  it('is read once for a request, under however many aliases', async () => {
    const { id } = await generate(server, input);
    const read = mock.method(EventStore.prototype, 'page');
    const aliases = [1, 2, 3].map((place) => `a${place}: run(id: $id) { generation { bias toPrompt { untraced } } }`);
    await queryData(server.url, `query ($id: ID!) { ${aliases.join(' ')} }`, { id });
    assert.equal(read.mock.callCount(), 2, 'its end, and all of it');
  });
});

describe('the groups of an answer', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const groupsOf = async (variables: ScoreGroupsQueryVariables) => {
    const { run } = await server.client.request(ScoreGroupsDocument, variables);
    assert.ok(run?.generation?.groups);
    return run.generation.groups;
  };

  for (const by of ['WORDS', 'LINES', 'SENTENCES', 'SPANS'] as const) {
    it(`have the scores of their tokens, and with them all: ${by}`, async () => {
      const { id, started, completed } = await generate(server, input);
      const prompt = started.tokens.length;
      const length = prompt + completed.tokens.length;
      const spans = [
        { from: prompt - 3, to: prompt + 2, name: 'both' },
        { from: 1, to: 4, name: 'Mary and John' },
        { from: -1 },
      ];
      const { matrix, toPrompt } = await answerOf(server, id);
      const { groups, scores } = await groupsOf({ id, by, ...(by === 'SPANS' && { spans }) });
      assert.deepEqual(
        groups.map(({ to }) => to),
        [...groups.slice(1).map(({ from }) => from), length],
      );
      assert.equal(groups[0]?.from, 0);
      const whole = [...started.tokens, ...completed.tokens].map((token) => token.text);
      for (const { from, to, text } of groups) assert.equal(text, whole.slice(from, to).join(''));
      if (by === 'SPANS')
        assert.deepEqual(
          groups.map(({ name, rest }) => (rest ? 'rest' : name)),
          ['rest', 'Mary and John', 'rest', 'both', 'rest', null],
        );
      else assert.ok(groups.some(({ from }) => from === prompt));
      const rows = rowsOf(matrix);
      for (const [index, row] of rowsOf(scores).entries()) {
        const scale = Math.max(...(rows[index] ?? []).map(Math.abs));
        for (const [group, { from, to }] of groups.entries())
          near(row[group] ?? Number.NaN, sum(rows[index]?.slice(from, to) ?? []), single * scale);
        near(sum(row), sum(rows[index] ?? []), single * scale * groups.length);
      }
      for (const { from, to, share } of groups)
        if (from >= prompt) assert.equal(share, null);
        else near(share ?? Number.NaN, sum(toPrompt?.answer.slice(from, to) ?? []), 1e-12);
    });
  }
});

describe('a stored answer', () => {
  it('is the same after a restart, and without its checkpoint, but for texts', async () => {
    await using folder = await temporaryFolder();
    const variables = { DATABASE_URL: `file:${join(folder.path, 'test.db')}` };
    const first = await startTestServer(variables);
    const { id } = await generate(first, input);
    const spans = [{ from: 2, to: 5, name: 'some' }];
    const before = await answerOf(first, id);
    const groups = await first.client.request(ScoreGroupsDocument, { id, by: 'SPANS', spans });
    const words = await first.client.request(ScoreGroupsDocument, { id, by: 'WORDS' });
    await first.close();

    const second = await startTestServer(variables);
    try {
      assert.deepEqual(await answerOf(second, id), before);
      assert.deepEqual(await second.client.request(ScoreGroupsDocument, { id, by: 'SPANS', spans }), groups);
      assert.deepEqual(await second.client.request(ScoreGroupsDocument, { id, by: 'WORDS' }), words);

      await rename(join(second.models, 'sample'), join(second.models, '..', 'away'));
      const { matrix, toPrompt, text } = await answerOf(second, id);
      assert.deepEqual([matrix, toPrompt, text], [before.matrix, before.toPrompt, before.text]);
      const left = (await second.client.request(ScoreGroupsDocument, { id, by: 'SPANS', spans })).run?.generation;
      const there = groups.run?.generation;
      assert.deepEqual(left?.groups?.scores, there?.groups?.scores);
      assert.deepEqual(
        left?.groups?.groups,
        there?.groups?.groups.map((group) => ({ ...group, text: null })),
      );
      const query = 'query ($id: ID!) { run(id: $id) { generation { groups(by: WORDS) { scores { shape } } } } }';
      const refused = (await (await postQuery(second.url, query, { id })).json()) as {
        data: unknown;
        errors: { message: string; extensions: object }[];
      };
      assert.deepEqual(refused.data, { run: { generation: { groups: null } } });
      assert.deepEqual(refused.errors[0]?.extensions, { code: 'CHECKPOINT' });
      assert.match(refused.errors[0]?.message ?? '', /gone or has changed.*SPANS/);
    } finally {
      await second.close();
    }
  });

  it('is counted before it is read', async () => {
    const server = await startTestServer({ MAX_RESPONSE_SIZE: '20000' });
    try {
      const tokenIds = Array.from({ length: 90 }, (_, position) => (position * 37) % 2000);
      const { startGeneration } = await server.client.request(StartGenerationDocument, {
        input: { model: 'sample', prompt: { tokenIds }, maxTokens: 30, stop: { endOfText: false } },
      });
      assert.ok(startGeneration.__typename === 'RunPayload');
      const { id } = startGeneration.run;
      await postSubscription(server.url, `subscription { runEvents(runId: ${JSON.stringify(id)}) { __typename } }`);
      const read = mock.method(EventStore.prototype, 'page');
      // A tensor of 30 × 120 numbers, told in 20 to 36 kB; traced, one of 30 × 90.
      for (const fields of ['matrix { values }', 'matrix { base64 } bias', 'toPrompt { shares { values } }']) {
        read.mock.resetCalls();
        const query = `query ($id: ID!) { run(id: $id) { generation { ${fields} } } }`;
        const { data, errors } = (await (await postQuery(server.url, query, { id })).json()) as {
          data: unknown;
          errors: { extensions: { code: string } }[];
        };
        assert.equal(data, null, fields);
        assert.equal(errors[0]?.extensions.code, 'OVER_CAPACITY', JSON.stringify(errors));
        assert.equal(read.mock.callCount(), 1, 'its end alone');
      }
      // Its scores take 12.6 kB of memory, however often they are asked for.
      const aliases = [1, 2, 3].map((place) => `a${place}: run(id: $id) { generation { toPrompt { answer } } }`);
      await queryData(server.url, `query ($id: ID!) { ${aliases.join(' ')} }`, { id });
    } finally {
      mock.restoreAll();
      await server.close();
    }
  });
});
