/** Help with choosing a target: what a text may mean and how likely each is, in errors and by the query for it. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import {
  CirculationDocument,
  LogitAttributionDocument,
  StartCirculationDocument,
  TargetCandidatesDocument,
} from '../../src/client/generated/graphql.ts';
import { Reference, type ReferencePrompt } from '../reference/reference.ts';
import { assertClose } from '../support/close.ts';
import { queryData } from '../support/post-query.ts';
import { there } from '../support/there.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

/** Absolute. */
const parity = 1e-4;
const input = { model: 'sample', prompt: { text: 'The keys to the cabinet' } };

interface Told {
  readonly circulation: { readonly __typename: string; readonly candidates: readonly Candidate[] };
}
interface Candidate {
  readonly token: { readonly tokenId: number; readonly text: string; readonly position: number };
  readonly logit: number | null;
  readonly probability: number | null;
  readonly rank: number | null;
}
const textsOf = (candidates: readonly Candidate[]) => candidates.map(({ token }) => token.text);

describe('a target', () => {
  let server: TestServer;
  /** Passes through a model that were made for figures. */
  let passes = 0;
  before(async () => {
    server = await startTestServer({ MAX_QUEUE: '1' });
    const run = server.queue.run.bind(server.queue);
    mock.method(server.queue, 'run', (...question: Parameters<typeof run>) => {
      if (question[0].name === 'prediction') passes++;
      return run(...question);
    });
  });
  after(() => server.close());
  afterEach(() => {
    passes = 0;
  });

  const ask = <Data>(query: string, variables: object = {}) => queryData<Data>(server.url, query, variables);
  const assist = async (text: string, more: object = {}, top = 5) =>
    (await server.client.request(TargetCandidatesDocument, { input: { ...input, text, ...more }, top }))
      .targetCandidates;
  const found = async (text: string, more: object = {}, top = 5) => {
    const answer = await assist(text, more, top);
    assert.ok(answer.__typename === 'TargetCandidates', JSON.stringify(answer));
    return answer;
  };
  /** What the model says of a token where it is the target of an attribution. */
  const attributed = async (id: number, position: number) => {
    const target = { position, token: { tokenId: id } };
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, { input: { ...input, target } });
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    return logitAttribution.target;
  };
  const assertAsAttributed = async (candidates: readonly Candidate[], position: number) => {
    for (const { token, logit, probability, rank } of candidates) {
      const expected = await attributed(token.tokenId, position);
      assert.equal(token.position, position);
      assertClose(
        [logit ?? Number.NaN, probability ?? Number.NaN],
        [expected.cappedLogit, expected.probability],
        parity,
        `logit and probability of ${token.text}`,
      );
      assert.equal(rank, expected.rank);
    }
  };

  describe('text that is not one token', () => {
    it('is answered with single tokens and pieces, each as likely as an attribution says, by one pass', async () => {
      for (const [text, position, first] of [
        [' Mary went', 4, [' Mary', ' went']],
        ['store', 1, [' store']],
        ['the keys', 3, []],
      ] as const) {
        passes = 0;
        const target = { position: position - 5, token: { text } };
        const { logitAttribution } = await server.client.request(LogitAttributionDocument, {
          input: { ...input, target },
        });
        assert.ok(logitAttribution.__typename === 'TargetError');
        assert.equal(passes, 1);
        const { candidates } = logitAttribution;
        assert.deepEqual(textsOf(candidates).slice(0, first.length), first);
        assert.equal(new Set(candidates.map(({ token }) => token.tokenId)).size, candidates.length, 'each once');
        await assertAsAttributed(candidates, position);
      }
    });

    it('costs no pass where no figure is selected', async () => {
      const query = `query ($input: LogitAttributionInput!) { logitAttribution(input: $input) {
        __typename ... on TargetError { candidates { token { text } } } } }`;
      const { logitAttribution } = await ask<{
        logitAttribution: { __typename: string; candidates: { token: { text: string } }[] };
      }>(query, { input: { ...input, target: { token: { text: 'keys' } } } });
      assert.equal(logitAttribution.candidates[0]?.token.text, ' keys');
      assert.equal(passes, 0);
    });

    it('is told of by a circulation too, with figures', async () => {
      const query = `subscription ($input: CirculationInput!) { circulation(input: $input) {
        __typename ... on TargetError { candidates { token { tokenId text position } logit probability rank } } } }`;
      const events = await collect(
        server.client.subscribe(parse(query) as TypedDocumentNode<Told, { input: object }>, {
          input: { ...input, target: { token: { text: ' Mary went' } } },
        }),
      );
      assert.equal(events.length, 1);
      const { __typename, candidates = [] } = events[0]?.circulation ?? {};
      assert.equal(__typename, 'TargetError');
      assert.deepEqual(textsOf(candidates), [' Mary', ' went']);
      await assertAsAttributed(candidates, 4);
    });

    it('has no figures for a token that nothing predicts', async () => {
      const { logitAttribution } = await server.client.request(LogitAttributionDocument, {
        input: { ...input, method: 'OCCLUSION', options: { baseline: { text: 'The keys' } } },
      });
      assert.ok(logitAttribution.__typename === 'TargetError');
      assert.deepEqual(
        logitAttribution.candidates.map(({ logit, probability, rank, token }) => [
          logit,
          probability,
          rank,
          token.position,
        ]),
        [
          [null, null, null, -1],
          [null, null, null, -1],
        ],
      );
      assert.equal(passes, 0);
    });

    it('is refused unread where it is far too long, and shows 64 pieces of one that is long', async () => {
      const refuse = async (text: string) => {
        const { logitAttribution } = await server.client.request(LogitAttributionDocument, {
          input: { ...input, target: { token: { text } } },
        });
        assert.ok(logitAttribution.__typename === 'TargetError');
        return logitAttribution;
      };
      const endless = await refuse(' Mary'.repeat(40_000));
      assert.match(endless.message, /200000 characters/);
      assert.deepEqual(endless.candidates, []);
      const long = await refuse(Array.from({ length: 90 }, (_, index) => String.fromCharCode(33 + index)).join(''));
      assert.match(long.message, /, …/);
      assert.equal(long.candidates.length, 64);
      assert.ok(long.candidates.every(({ rank }) => rank !== null));
      assert.match((await refuse('')).message, /empty/);
    });
  });

  describe('assistant', () => {
    it('gives a text that is one token first, then the others that it may mean, then what the model finds likeliest', async () => {
      const both = await found('the');
      assert.deepEqual(textsOf(both.candidates), [' the', ' The', 'The']);
      const it = await found('It');
      assert.deepEqual(textsOf(it.candidates), ['It', ' It', ' it', 'it']);
      assert.deepEqual(textsOf((await found(' it')).candidates), [' it', 'it', ' It', 'It']);
      await assertAsAttributed(it.candidates, 4);
      await assertAsAttributed(there(it.likeliest), 4);
      assert.deepEqual(
        there(it.likeliest).map(({ rank }) => rank),
        [1, 2, 3, 4, 5],
      );
      assert.equal(passes, 3);
      assert.deepEqual(textsOf((await found(' Mary went', {}, 0)).candidates), []);
    });

    it('asks at any position', async () => {
      const { candidates, likeliest } = await found('keys', { position: 0 }, 2);
      assert.deepEqual(textsOf(candidates), [' keys']);
      await assertAsAttributed([...candidates, ...there(likeliest)], 0);
      assert.deepEqual(await found('keys', { position: -5 }, 2), {
        __typename: 'TargetCandidates',
        candidates,
        likeliest,
      });
    });

    it('says what transformers says', async () => {
      const reference = new Reference('llama-grouped');
      const prompt = reference.prompts[0] as ReferencePrompt;
      const logits = reference.tensor(prompt, 'logits');
      const size = logits.length / prompt.ids.length;
      const more = { model: 'llama', prompt: { tokenIds: [...prompt.ids] } };
      for (const position of prompt.ids.keys()) {
        const expected = logits.subarray(position * size, (position + 1) * size);
        const sum = expected.reduce((total, logit) => total + Math.exp(logit), 0);
        const { candidates, likeliest } = await found('a', { ...more, position }, 100);
        assert.ok(candidates.length > 1);
        assert.equal(likeliest?.length, 100);
        for (const { token, logit, probability, rank } of [...candidates, ...there(likeliest)]) {
          const own = expected[token.tokenId] as number;
          assertClose(
            [logit ?? Number.NaN, probability ?? Number.NaN],
            [own, Math.exp(own) / sum],
            parity,
            `logit and probability of ${token.text}`,
          );
          const above = (by: number) => expected.filter((other) => other > own + by).length;
          assert.ok(rank !== null && rank > above(2 * parity) && rank <= 1 + above(-2 * parity));
        }
      }
    });

    it('runs the model only where a figure or a likeliest token is selected', async () => {
      const select = (fields: string) =>
        ask(
          `query ($input: TargetCandidatesInput!) { targetCandidates(input: $input) { __typename ...Fields } }
          fragment Fields on TargetCandidates { ${fields} }`,
          { input: { ...input, text: 'It' } },
        );
      assert.deepEqual(await select('candidates { token { text } }'), {
        targetCandidates: {
          __typename: 'TargetCandidates',
          candidates: ['It', ' It', ' it', 'it'].map((text) => ({ token: { text } })),
        },
      });
      assert.equal(passes, 0);
      await select('candidates { rank }');
      assert.equal(passes, 1);
      await select('one: likeliest(top: 1) { token { text } } two: likeliest(top: 2) { rank } candidates { logit }');
      assert.equal(passes, 2);
    });

    it('gives each of several lists as many as it asks for, in any order, of one pass', async () => {
      for (const [one, two] of [
        [5, 3],
        [3, 5],
      ]) {
        const before = passes;
        const { targetCandidates } = await ask<{ targetCandidates: Record<'one' | 'two', unknown[]> }>(
          `query ($input: TargetCandidatesInput!) { targetCandidates(input: $input) { ... on TargetCandidates {
            one: likeliest(top: ${one}) { rank } two: likeliest(top: ${two}) { rank }
          } } }`,
          { input: { ...input, text: 'It' } },
        );
        assert.deepEqual([targetCandidates.one.length, targetCandidates.two.length, passes - before], [one, two, 1]);
      }
    });

    it('refuses what it cannot take, each with its own error', async () => {
      for (const [more, text, type, message] of [
        [{ model: 'gpt5' }, 'It', 'UnknownModelError', /llama, sample/],
        [{ prompt: { text: '' } }, 'It', 'PromptError', /empty/],
        [{ prompt: { tokenIds: [-1] } }, 'It', 'PromptError', /-1 at position 0/],
        [{ position: 5 }, 'It', 'TargetError', /5 tokens: 0 to 4/],
        [{ position: -6 }, 'It', 'TargetError', /5 tokens: 0 to 4/],
        [{}, '', 'TargetError', /target text is empty; a target is one token/],
        [{}, 'word '.repeat(40_000), 'TargetError', /200000 characters, which are \d+ tokens or more/],
      ] as const) {
        const answer = await assist(text, more);
        assert.equal(answer.__typename, type);
        assert.match((answer as { message: string }).message, message);
      }
      assert.equal(passes, 0);
      for (const top of [-1, 101]) {
        await assert.rejects(assist('It', {}, top), /`top` is a whole number from 0 to 100, not -?\d+/);
      }
      await found('It');
    });
  });

  it('error stands without figures while the server has too much to do; the assistant says so', async () => {
    server.queue.holdBefore = 1;
    const circulation = (ids: number[]) => ({ input: { model: 'llama', prompt: { tokenIds: ids } } });
    const events = server.client.subscribe(CirculationDocument, circulation([1, 2]));
    await events.next();
    const gate = server.queue.lastGate;
    server.queue.holdBefore = -1;
    await server.client.request(StartCirculationDocument, circulation([1, 3]));
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, {
      input: { ...input, target: { token: { text: ' Mary went' } } },
    });
    assert.ok(logitAttribution.__typename === 'TargetError');
    assert.deepEqual(textsOf(logitAttribution.candidates), [' Mary', ' went']);
    for (const { logit, probability, rank } of logitAttribution.candidates)
      assert.deepEqual([logit, probability, rank], [null, null, null]);
    assert.equal((await assist('It')).__typename, 'OverCapacityError');
    gate?.release();
    await collect(events);
    assert.equal((await found('It')).candidates.length, 4);
  });
});
