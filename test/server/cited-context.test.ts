/** Which passages of a context the sample model's answers come from, and what becomes of them without these. */
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import {
  CitedContextDocument,
  type CitedContextInput,
  GenerationDocument,
  LogitAttributionsDocument,
} from '../../src/client/generated/graphql.ts';
import type { CitedContextRequest } from '../../src/explain/cited-context/result.ts';
import { assertClose, sum } from '../support/close.ts';
import { postQuery, queryData } from '../support/post-query.ts';
import { there } from '../support/there.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

/** Absolute. */
const parity = 1e-4;

const passages = [
  { name: 'weather', text: 'The weather was warm.' },
  { name: 'names', text: 'Karen and Lily went to the store.' },
  { name: 'day', text: 'It was a sunny day.' },
  { name: 'story', text: 'Here is a story.' },
];
const input = {
  ...{ model: 'sample', passages, separator: ' ', label: '{text}', after: ' Karen gave a kite to' },
  ...{ maxTokens: 1, strongest: 1, random: 2 },
};

describe('cited context', () => {
  let server: TestServer;
  /** What jobs were asked for. */
  const asked: CitedContextRequest[] = [];
  before(async () => {
    server = await startTestServer();
    const run = server.queue.run.bind(server.queue);
    mock.method(server.queue, 'run', (...question: Parameters<typeof run>) => {
      if (question[0].name === 'citedContext') asked.push(question[2] as CitedContextRequest);
      return run(...question);
    });
  });
  after(() => server.close());

  const answerTo = async (more: Partial<CitedContextInput> = {}) =>
    (await server.client.request(CitedContextDocument, { input: { ...input, ...more } })).citedContext;
  const cited = async (more: Partial<CitedContextInput> = {}) => {
    const answer = await answerTo(more);
    assert.ok(answer.__typename === 'CitedContext', JSON.stringify(answer));
    return { ...answer, check: there(answer.check) };
  };
  const namesOf = (left: readonly { readonly passages: readonly { readonly name: string }[] }[]) =>
    left.map((one) => one.passages.map(({ name }) => name));

  it('finds the passage that an answer depends on, without which that is far less likely than without another', async () => {
    for (const label of ['{text}', '{name}: {text}']) {
      const { passages: found, answer, check } = await cited({ label });
      assert.equal(answer.text, ' Lily');
      assert.equal(found.find(({ rank }) => rank === 1)?.name, 'names');
      const { strongest, random } = check;
      assert.deepEqual(namesOf(strongest.alone), [['names']]);
      assert.equal(strongest.meanDrop, strongest.alone[0]?.drop);
      assert.deepEqual(strongest.together, strongest.alone[0]);
      assert.equal(random.alone.length, 2);
      assert.ok(!namesOf(random.alone).flat().includes('names'));
      assert.ok(there(strongest.meanDrop) > 2);
      for (const { drop } of [...random.alone, there(random.together)])
        assert.ok(Math.abs(drop) < there(strongest.meanDrop) / 4, `${drop}`);
      assert.ok(Math.abs(there(random.meanDrop) - mean(random.alone.map(({ drop }) => drop))) < 1e-9);
    }
  });

  it('leaves nothing out by itself where nothing would be left', async () => {
    const { check } = await cited({
      passages: passages.slice(0, 1),
      after: '',
      random: null,
      strongest: null,
      maxTokens: 1,
    });
    assert.deepEqual([check.strongest?.alone, check.random?.alone], [[], []]);
  });

  it('adds up, and tells each passage where it stands', async () => {
    const {
      prompt,
      tokens,
      passages: found,
      rest,
      ofAnswer,
      bias,
      intercept,
      answer,
      audit,
    } = await cited({
      maxTokens: 3,
    });
    assert.equal(prompt, `${passages.map(({ text }) => text).join(' ')} Karen gave a kite to`);
    assert.equal(tokens.map(({ text }) => text).join(''), prompt);
    assert.deepEqual(
      found.map(({ from, to }) =>
        tokens
          .slice(from, to)
          .map(({ text }) => text)
          .join('')
          .trim(),
      ),
      passages.map(({ text }) => text),
    );
    assert.equal(answer.tokens.length, 3);
    assert.deepEqual(
      answer.tokens.map(({ token }) => token.position),
      [0, 1, 2].map((index) => tokens.length - 1 + index),
    );
    const logs = answer.tokens.map(({ logProbability }) => logProbability);
    assertClose(
      answer.tokens.map(({ probability }) => Math.log(probability)),
      logs,
      1e-9,
      'probabilities',
    );
    const scores = found.map(({ score }) => score);
    const figures = [answer.logProbability, audit.logit, sum([...scores, rest, ofAnswer, bias, intercept])];
    assertClose(
      figures,
      figures.map(() => sum(logs)),
      parity,
      'sums',
    );
    assert.ok(audit.passed);
    assert.ok(Math.abs(sum(found.map(({ share }) => Math.abs(there(share)))) - 1) < 1e-6);
  });

  it('gives a passage what the attributions of the answer give its tokens', async () => {
    const found = await cited({ maxTokens: 2, kind: 'LOGIT' });
    const ids = [...found.tokens, ...found.answer.tokens.map(({ token }) => token)].map(({ tokenId }) => tokenId);
    const targets = found.answer.tokens.map(({ token }) => ({
      position: token.position,
      token: { tokenId: token.tokenId },
      kind: 'LOGIT' as const,
    }));
    const { logitAttributions } = await server.client.request(LogitAttributionsDocument, {
      input: { model: 'sample', prompt: { tokenIds: ids.slice(0, -1) }, targets },
    });
    assert.ok(logitAttributions.__typename === 'LogitAttributions');
    const expected = found.passages.map(({ from, to }) =>
      sum(logitAttributions.attributions.flatMap(({ tokens }) => tokens.slice(from, to).map(({ score }) => score))),
    );
    assertClose(
      found.passages.map(({ score }) => score),
      expected,
      parity,
      'scores',
    );
  });

  it('takes the answer that a generation writes, and the same one as text and as token ids', async () => {
    const own = await cited({ maxTokens: 4 });
    const events = await collect(
      server.client.subscribe(GenerationDocument, {
        input: { model: 'sample', prompt: { text: own.prompt }, maxTokens: 4 },
        attributed: false,
      }),
    );
    const written = events.flatMap(({ generation }) =>
      generation.__typename === 'TokenGenerated' ? [generation.token.tokenId] : [],
    );
    assert.deepEqual(
      own.answer.tokens.map(({ token }) => token.tokenId),
      written,
    );
    assert.equal(own.answer.tokens.at(-1)?.token.special, true, 'the end of the text is of the answer');
    for (const answer of [{ tokenIds: written }, { text: own.answer.text }]) {
      const given = await cited({ answer });
      assert.equal(given.answer.text, own.answer.text);
      const count = answer.tokenIds ? written.length : written.length - 1;
      assertClose(
        given.answer.tokens.map(({ logProbability }) => logProbability),
        own.answer.tokens.slice(0, count).map(({ logProbability }) => logProbability),
        parity,
        'log-probabilities',
      );
    }
    const stopped = await cited({ maxTokens: 4, stop: { tokens: [{ tokenId: there(written[1]) }] } });
    assert.deepEqual(
      stopped.answer.tokens.map(({ token }) => token.tokenId),
      written.slice(0, 2),
    );
  });

  it('leaves out what asking for the shorter prompt leaves out', async () => {
    const { check } = await cited({ answer: { text: ' Lily' }, strongest: 2, random: 2 });
    for (const left of [...check.strongest.alone, ...check.random.alone, there(check.strongest.together)]) {
      const names = left.passages.map(({ name }) => name);
      const shorter = passages.filter(({ name }) => !names.includes(name));
      const afresh = await cited({ passages: shorter, answer: { text: ' Lily' }, random: 0 });
      assertClose([left.logProbability], [afresh.answer.logProbability], parity, names.join());
      assert.equal(left.promptLength, afresh.tokens.length);
    }
  });

  it('draws the same passages for the same seed, and of the strongest where no others are left', async () => {
    const drawn = async (seed: number, more = {}) => namesOf((await cited({ seed, ...more })).check.random.alone);
    assert.deepEqual(await drawn(3), await drawn(3));
    const several = await Promise.all([0, 1, 2, 3, 4, 5].map((seed) => drawn(seed)));
    assert.ok(new Set(several.map(String)).size > 1);
    const all = await drawn(0, { random: 4 });
    assert.deepEqual(all.at(-1), ['names']);
    assert.equal(new Set(all.map(String)).size, 4);
  });

  it('leaves out as many as there are unless it is said how many', async () => {
    const counts = async (count: number) => {
      const { check } = await cited({ passages: passages.slice(-count), strongest: null, random: null });
      return [check.strongest.alone.length, check.random.alone.length];
    };
    assert.deepEqual(await counts(1), [1, 0]);
    assert.deepEqual(await counts(2), [1, 1]);
    assert.deepEqual(await counts(4), [2, 2]);
    const none = (await cited({ strongest: 0, random: 0 })).check;
    assert.deepEqual({ ...none.random }, { ...none.random, alone: [], together: null, meanDrop: null });
  });

  it('computes no more than is selected', async () => {
    const select = (check: string) =>
      queryData(
        server.url,
        `query ($input: CitedContextInput!) { citedContext(input: $input) { ... on CitedContext { rest ${check} } } }`,
        { input },
      );
    for (const [selection, checked] of [
      ['', { strongest: false, random: false }],
      ['check { strongest { meanDrop } }', { strongest: true, random: false }],
      ['check { random { together { drop } } }', { strongest: false, random: true }],
    ] as const) {
      asked.length = 0;
      await select(selection);
      assert.deepEqual(
        asked.map((request) => request.checked),
        [checked],
      );
    }
  });

  const refused = async (more: Partial<CitedContextInput>, code: string, message: RegExp, field?: string) => {
    asked.length = 0;
    const answer = await answerTo(more);
    assert.ok(answer.__typename !== 'CitedContext');
    assert.equal(answer.code, code, answer.message);
    assert.match(answer.message, message);
    assert.equal('field' in answer ? answer.field : undefined, field);
    assert.equal(asked.length, 0, 'nothing was run');
  };
  const long = 'The weather was warm. '.repeat(80);

  for (const [what, more, code, message, field] of [
    ['no passages', { passages: [] }, 'INPUT', /1 to 100 passages, not 0/, 'input.passages'],
    ['too many passages', { passages: Array(101).fill(passages[0]) }, 'INPUT', /not 101/, 'input.passages'],
    [
      'a name twice',
      { passages: [...passages, there(passages[1])] },
      'INPUT',
      /1 and 4 .*"names"/,
      'input.passages.4.name',
    ],
    ['no name', { passages: [{ name: '', text: 'a' }] }, 'INPUT', /1 to 200 characters/, 'input.passages.0.name'],
    ['an empty passage', { passages: [{ name: 'a', text: '' }] }, 'INPUT', /"a" is empty/, 'input.passages.0.text'],
    ['a label without text', { label: '{name}' }, 'INPUT', /\{text\} once/, 'input.label'],
    [
      'more of the strongest than there are',
      { strongest: 5 },
      'INPUT',
      /4 passages .* 0 to 4, not 5/,
      'input.strongest',
    ],
    ['fewer random ones than none', { random: -1 }, 'INPUT', /0 to 4, not -1/, 'input.random'],
    ['an empty answer', { answer: { text: '' } }, 'INPUT', /answer is empty/, 'input.answer.text'],
    ['an answer of no tokens', { answer: { tokenIds: [] } }, 'INPUT', /answer is empty/, 'input.answer.tokenIds'],
    ['unknown tokens', { answer: { tokenIds: [99999] } }, 'TARGET', /99999 is outside/, undefined],
    ['a method without a way back', { method: 'OCCLUSION' }, 'INPUT', /FROZEN.*not by OCCLUSION/, 'input.method'],
    ['an answer of length 0', { maxTokens: 0 }, 'INPUT', /1 to 1024/, 'input.maxTokens'],
    ['no room for the answer', { maxTokens: 256 }, 'INPUT', /has 30 tokens.* 256: .* 227, not 256/, 'input.maxTokens'],
    [
      'a long prompt',
      { passages: [{ name: 'a', text: long }], random: 0 },
      'PROMPT',
      /has \d{3} tokens.*at most 256/,
      undefined,
    ],
    ['a long answer', { answer: { text: long } }, 'PROMPT', /answer have \d{3} tokens.*at most 256/, undefined],
    ['an answer beyond all bounds', { answer: { text: long.repeat(9) } }, 'PROMPT', /or more tokens/, undefined],
    ['nothing left', { after: '', strongest: 4 }, 'PROMPT', /passages 0, 1, 2, 3 .* 0 tokens/, undefined],
    [
      'an answer within a token',
      { after: ' Karen gave a kite ', answer: { text: 'to' } },
      'INPUT',
      /characters of both/,
      'input.answer.text',
    ],
  ] as const)
    it(`is refused for ${what}`, () => refused(more as Partial<CitedContextInput>, code, message, field));

  it('is refused before it runs where it would take longer than may be', async () => {
    const strict = await startTestServer({ MAX_RUN_TIME: '0.001' });
    const { citedContext } = await strict.client.request(CitedContextDocument, { input });
    await strict.close();
    assert.ok(citedContext.__typename === 'OverCapacityError');
    assert.match(citedContext.message, /fewer passages left out/);
  });

  it('is estimated by what would be left out', async () => {
    const estimate = async (asked: string) => {
      const query = `query ($input: CitedContextInput!) { estimate(input: { citedContext: { input: $input ${asked} } }) {
        ... on Estimate { tokens runTime activations } ... on Error { message } } }`;
      const response = await postQuery(server.url, query, { input });
      const { data } = (await response.json()) as { data: { estimate: Record<string, number> } };
      return data.estimate;
    };
    const [whole, bare] = [await estimate(''), await estimate('checked: false')];
    assert.equal(whole.tokens, 31);
    assert.ok(there(whole.runTime) > there(bare.runTime));
    assert.ok(there(bare.runTime) > 0);
    assert.ok(there(whole.activations) >= there(bare.activations));
  });
});

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
