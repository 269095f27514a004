/** Scores of words, lines, sentences, messages and spans, over the API: sums of those of their tokens. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import {
  GenerationDocument,
  type GroupBy,
  LogitAttributionDocument,
  type LogitAttributionInput,
  ScoreGroupsDocument,
  type ScoreGroupsQuery,
  type ScoreSpanInput,
  TokenizeDocument,
  TokenSharesDocument,
} from '../../src/client/generated/graphql.ts';
import { postQuery } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const story = "When Mary and John went to the store, John didn't pay. Did he?\nMary gave a drink to";
type Group = NonNullable<NonNullable<NonNullable<ScoreGroupsQuery['run']>['attribution']>['groups']>[number];

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('the groups of scores', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  /** Open as long as the server is: with the last connection to it, SQLite removes files that the server has open. */
  let database: DatabaseSync | undefined;
  after(async () => {
    await server.close();
    database?.close();
  });

  const attribute = async (input: Partial<LogitAttributionInput> = {}) => {
    const { logitAttribution: answer } = await server.client.request(LogitAttributionDocument, {
      input: { model: 'sample', prompt: { text: story }, ...input },
    });
    assert.ok(answer.__typename === 'LogitAttribution', JSON.stringify(answer));
    return answer;
  };

  const groupsOf = async (id: string, by: GroupBy, spans?: ScoreSpanInput[]): Promise<Group[]> => {
    const { run } = await server.client.request(ScoreGroupsDocument, { id, by, spans });
    assert.ok(run?.attribution?.groups);
    return run.attribution.groups;
  };

  const idsOf = async (text: string) => {
    const { model } = await server.client.request(TokenizeDocument, { model: 'sample', text });
    assert.ok(model?.__typename === 'Model' && model.tokenize);
    return model.tokenize.map(({ tokenId }) => tokenId);
  };

  /** What a document is answered that asks for groups, where they are refused. */
  const refusal = async (id: string, groups: string) => {
    const query = `query ($id: ID!) { run(id: $id) { attribution { bias groups(${groups}) { score } } } }`;
    const { data, errors } = (await (await postQuery(server.url, query, { id })).json()) as {
      data: { run: { attribution: { bias: number; groups: null } } };
      errors: { message: string; extensions: { code: string; field?: string } }[];
    };
    assert.equal(data.run.attribution.groups, null);
    assert.equal(typeof data.run.attribution.bias, 'number', 'the rest is there');
    assert.equal(errors.length, 1);
    return [errors[0]?.extensions.code, errors[0]?.extensions.field, errors[0]?.message] as const;
  };

  for (const method of ['FROZEN', 'OCCLUSION', 'ATTENTION_ROLLOUT'] as const)
    for (const by of ['WORDS', 'LINES', 'SENTENCES'] as const)
      it(`are sums that make the whole: ${by}, ${method}`, async () => {
        const { run, tokens } = await attribute({ method, target: { kind: 'LOG_PROBABILITY' } });
        const groups = await groupsOf(run.id, by);
        const scores = tokens.map(({ score }) => score);
        assert.deepEqual(
          groups.flatMap(({ from, to }) => scores.slice(from, to)),
          scores,
          'each token is in one',
        );
        const largest = Math.max(...scores.map(Math.abs));
        for (const { from, to, score, text } of groups) {
          assert.ok(Math.abs(score - sum(scores.slice(from, to))) <= 1e-14 * largest);
          const read = tokens.slice(from, to).map(({ token }) => token.text);
          assert.equal(text, read.join(''));
        }
        assert.ok(Math.abs(sum(groups.map(({ score }) => score)) - sum(scores)) <= 1e-14 * largest * scores.length);
        assert.equal(groups.map(({ text }) => text).join(''), story);
      });

  it('are words, lines and sentences of the prompt', async () => {
    const { run } = await attribute();
    const texts = async (by: GroupBy) => (await groupsOf(run.id, by)).map(({ text }) => text);
    const words =
      "When| Mary| and| John| went| to| the| store|,| John| didn't| pay|.| Did| he|?|\nMary| gave| a| drink| to";
    const found = await texts('WORDS');
    // A token may be more than a word.
    assert.deepEqual(
      words.split('|').filter((word) => !found.includes(word)),
      [],
    );
    const [first, ...others] = (await texts('SENTENCES')).map((text) => text?.trim());
    assert.equal(first, "When Mary and John went to the store, John didn't pay.");
    assert.deepEqual(others, ['Did he?', 'Mary gave a drink to']);
    assert.equal((await texts('LINES')).length, 2);
  });

  it('have the shares of their tokens', async () => {
    const { run } = await attribute();
    const input = { model: 'sample', prompt: { text: story } };
    const { logitAttribution: answer } = await server.client.request(TokenSharesDocument, { input });
    assert.ok(answer.__typename === 'LogitAttribution');
    const shares = answer.tokens.map(({ share }) => share ?? Number.NaN);
    for (const { from, to, share } of await groupsOf(run.id, 'SENTENCES'))
      assert.ok(Math.abs((share ?? Number.NaN) - sum(shares.slice(from, to))) < 1e-12);
  });

  it('have special tokens by themselves, as they are named', async () => {
    const ids = await idsOf(' the river');
    const { run, tokens } = await attribute({ prompt: { tokenIds: [0, ...ids, 0, ...ids] } });
    assert.ok(tokens[0]?.token.special);
    const groups = await groupsOf(run.id, 'SENTENCES');
    assert.deepEqual(
      groups.map(({ from, to, name, rest }) => [from, to, name, rest]),
      [
        [0, 1, tokens[0].token.text, false],
        [1, ids.length + 1, null, false],
        [ids.length + 1, ids.length + 2, tokens[0].token.text, false],
        [ids.length + 2, 2 * ids.length + 2, null, false],
      ],
    );
  });

  it('are spans in any order, from either end, and what is between them', async () => {
    const { run, tokens } = await attribute();
    const count = tokens.length;
    const spans = [
      { from: -2, name: 'end' },
      { from: 3, to: 5 },
      { from: 0, to: 1, name: '' },
      { from: 5, to: -4 },
    ];
    const groups = await groupsOf(run.id, 'SPANS', spans);
    assert.deepEqual(
      groups.map(({ from, to, name, rest }) => [from, to, name, rest]),
      [
        [0, 1, '', false],
        [1, 3, null, true],
        [3, 5, null, false],
        [5, count - 4, null, false],
        [count - 4, count - 2, null, true],
        [count - 2, count, 'end', false],
      ],
    );
    const scores = tokens.map(({ score }) => score);
    for (const { from, to, score } of groups) assert.ok(Math.abs(score - sum(scores.slice(from, to))) < 1e-12);
    assert.deepEqual(
      (await groupsOf(run.id, 'SPANS', [])).map(({ from, to, rest }) => [from, to, rest]),
      [[0, count, true]],
    );
  });

  it('are refused, alone, where spans are none', async () => {
    const { run, tokens } = await attribute();
    const count = tokens.length;
    for (const [groups, field, message] of [
      ['by: SPANS', 'spans', /there are none/],
      ['by: WORDS, spans: [{ from: 0 }]', 'spans', /WORDS takes none/],
      ['by: SPANS, spans: [{ from: 0, to: 3 }, { from: 2, to: 4 }]', 'spans.1', /position 2 is in another span/],
      ['by: SPANS, spans: [{ from: 4, to: 3 }]', 'spans.0', /begins before it ends.*from 4 to 3/],
      ['by: SPANS, spans: [{ from: 3, to: 3 }]', 'spans.0', /begins before it ends/],
      ['by: SPANS, spans: [{ from: 0, to: 1 }, { from: 999 }]', 'spans.1.from', /from 0 to \d+, or from .* not 999/],
      [`by: SPANS, spans: [{ from: 1, to: ${count + 1} }]`, 'spans.0.to', /from 0 to \d+, or from/],
      ['by: MESSAGES', 'by', /was no chat/],
    ] as const) {
      const [code, where, why] = await refusal(run.id, groups);
      assert.deepEqual([code, where], ['INPUT', field], groups);
      assert.match(why ?? '', message);
    }
  });

  it('are the messages of a chat, and the answer to it', async () => {
    const asked = { model: 'sample', prompt: { text: story } };
    const { run } = await attribute({ target: { position: -2 } });
    const input = { ...asked, maxTokens: 2, stop: { endOfText: false } };
    const events = await collect(server.client.subscribe(GenerationDocument, { input }));
    const last = events.at(-1)?.generation;
    assert.ok(last?.__typename === 'GenerationCompleted');
    const messages = JSON.stringify([
      { role: 'system', from: 1, to: 4 },
      { role: 'user', from: 6, to: 9 },
    ]);
    database = new DatabaseSync(server.settings.databaseUrl.slice('file:'.length));
    for (const { id } of [run, last.run]) {
      const set = `UPDATE "Run" SET "input" = json_set("input", '$.messages', json(?)) WHERE "id" = ?`;
      database.prepare(set).run(messages, atob(id).slice('Run:'.length));
    }
    const shown = (groups: readonly Pick<Group, 'from' | 'to' | 'name' | 'rest'>[] | undefined | null) =>
      groups?.map(({ from, to, name, rest }) => [from, to, name, rest]);
    const count = (await idsOf(story)).length;
    const ofPrompt = [
      [0, 1, null, true],
      [1, 4, 'system', false],
      [4, 6, null, true],
      [6, 9, 'user', false],
      [9, count, null, true],
    ];
    assert.deepEqual(shown(await groupsOf(run.id, 'MESSAGES')), ofPrompt);
    const { generation } =
      (await server.client.request(ScoreGroupsDocument, { id: last.run.id, by: 'MESSAGES' })).run ?? {};
    assert.deepEqual(shown(generation?.groups?.groups), [...ofPrompt, [count, count + 2, 'assistant', false]]);
  });
});
