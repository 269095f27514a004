/** Spans as targets over the API: what is asked is what is explained, stored, told and asked again. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  AttributedLayersDocument,
  CirculationDocument,
  EstimateDocument,
  FaithfulnessDocument,
  LiveLogitAttributionDocument,
  type LogitAttributionInput,
  LogitAttributionsDocument,
  RepeatRunDocument,
  RunDocument,
  SpanAttributionDocument,
  type TargetInput,
} from '../../src/client/generated/graphql.ts';
import { assertClose, sum } from '../support/close.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const question = { model: 'sample', prompt: { text: 'When Mary and John went to the store, John gave a drink to' } };
const length = 14;

describe('a span', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const asked = async (target: TargetInput, more: Partial<LogitAttributionInput> = {}) => {
    const { logitAttribution } = await server.client.request(SpanAttributionDocument, {
      input: { ...question, target, ...more },
    });
    return logitAttribution;
  };

  const answered = async (target: TargetInput, more?: Partial<LogitAttributionInput>) => {
    const answer = await asked(target, more);
    assert.ok(answer.__typename === 'LogitAttribution', JSON.stringify(answer));
    return answer;
  };

  it('has the scores of its tokens together, and says which they are', async () => {
    const { target, tokens, bias, audit } = await answered({ span: { from: -4, to: -1 }, kind: 'LOG_PROBABILITY' });
    assert.deepEqual([target.span?.from, target.span?.to], [length - 4, length - 1]);
    assert.deepEqual([target.position, target.token.text], [length - 3, tokens[length - 2]?.token.text]);
    assertClose([target.span?.value as number], [audit.logit], 1e-9, 'value');
    const targets = [length - 4, length - 3, length - 2].map((position) => ({
      position: position - 1,
      token: { tokenId: tokens[position]?.token.tokenId ?? -1 },
      kind: 'LOG_PROBABILITY' as const,
    }));
    const { logitAttributions } = await server.client.request(LogitAttributionsDocument, {
      input: { ...question, targets },
    });
    assert.ok(logitAttributions.__typename === 'LogitAttributions', JSON.stringify(logitAttributions));
    const apart = logitAttributions.attributions;
    const scores = tokens.map((_, position) => sum(apart.map((one) => one.tokens[position]?.score as number)));
    const largest = Math.max(...apart.flatMap((one) => one.tokens.map(({ score }) => Math.abs(score))));
    assertClose(
      tokens.map(({ score }) => score),
      scores,
      1e-5 * largest,
      'scores',
    );
    assertClose([bias], [sum(apart.map((one) => one.bias))], 1e-4, 'bias');
  });

  it('goes to the end of the prompt where no end is named, and is one run however it is named', async () => {
    const named = await answered({ span: { from: 11, to: 14 } });
    assert.equal(named.target.span?.to, length);
    assert.equal((await answered({ span: { from: -3 } })).run.id, named.run.id);
    const last = await answered({ span: { from: -1 } });
    assert.notEqual(
      (await answered({ position: -2, token: { tokenId: last.target.token.tokenId } })).run.id,
      last.run.id,
    );
  });

  it('is told by its run, which is asked again', async () => {
    const span = { from: 2, to: 4 };
    const { run } = await answered({ span, kind: 'PROBABILITY' });
    const { run: stored } = await server.client.request(RunDocument, { id: run.id });
    assert.ok(stored && stored.input.__typename === 'LogitAttributionRequest');
    assert.deepEqual([stored.input.target.span, stored.input.target.kind], [{ ...span, against: null }, 'PROBABILITY']);
    const { repeatRun } = await server.client.request(RepeatRunDocument, { id: run.id });
    assert.ok(repeatRun.__typename === 'RunPayload', JSON.stringify(repeatRun));
    assert.equal(repeatRun.run.id, run.id);
  });

  it('tells its blocks as it passes them, and has layers', async () => {
    const input = { ...question, target: { span: { from: 5 } } };
    const { logitAttribution } = await server.client.request(AttributedLayersDocument, { input, neurons: 0, edges: 0 });
    assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
    const { audit, layers, tokens } = logitAttribution;
    assert.ok(audit.passed);
    assert.equal(layers?.length, 4);
    const scores = tokens.map(({ score }) => score);
    assertClose([layers?.[0]?.residual as number], [sum(scores)], 1e-4 * Math.max(...scores.map(Math.abs)), 'residual');
  });

  it('costs little more than one of its tokens', async () => {
    const seconds = async (target: TargetInput) => {
      const { estimate } = await server.client.request(EstimateDocument, {
        input: { logitAttribution: { input: { ...question, target } } },
      });
      assert.ok(estimate.__typename === 'Estimate', JSON.stringify(estimate));
      return estimate.runTime;
    };
    const [one, many] = [await seconds({ position: -1 }), await seconds({ span: { from: 1 } })];
    assert.ok(many >= one && many < 2 * one, `${many} s of a span, ${one} s of one token`);
  });

  it('is contrasted with another continuation, whose tokens have the rest of the difference', async () => {
    const span = { from: -3, against: { text: ' a book' } };
    const { target, tokens, bias, audit, run } = await answered({ span });
    const others = target.span?.against;
    assert.deepEqual(others && [others.tokens.map(({ token }) => token.text).join(''), others.scores.length], [
      ' a book',
      2,
    ]);
    assertClose([(target.span?.value ?? 0) - (others?.value ?? 0)], [audit.logit], 1e-4, 'difference');
    const scores = [...tokens.map(({ score }) => score), ...(others?.scores ?? [])];
    assertClose([sum(scores) + bias], [audit.logit], 1e-3, 'sum');
    assert.ok(audit.passed);

    const tokenIds = others?.tokens.map(({ token }) => token.tokenId) ?? [];
    assert.equal((await answered({ span: { ...span, against: { tokenIds } } })).run.id, run.id);
    const { run: stored } = await server.client.request(RunDocument, { id: run.id });
    assert.deepEqual(
      stored?.input.target.span?.against?.map(({ tokenId }) => tokenId),
      tokenIds,
    );
    const { repeatRun } = await server.client.request(RepeatRunDocument, { id: run.id });
    assert.equal(repeatRun.__typename === 'RunPayload' && repeatRun.run.id, run.id);

    const input = { ...question, target: { span } };
    const { logitAttribution } = await server.client.request(AttributedLayersDocument, { input, neurons: 0, edges: 0 });
    assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
    assert.equal(logitAttribution.layers, null, 'it knows tokens alone');
    await assert.rejects(
      server.client.request(FaithfulnessDocument, { input }),
      /no `faithfulness`: ask for that of the span/,
    );
  });

  it('tells of both its sequences how far they are', async () => {
    const target = { span: { from: 4, against: { text: ' a book' } } };
    const events = await collect(
      server.client.subscribe(LiveLogitAttributionDocument, { input: { ...question, target } }),
    );
    const told = events.map(({ logitAttribution }) => logitAttribution);
    const [started] = told;
    assert.ok(started?.__typename === 'AttributionStarted');
    // Up and down, twice.
    assert.deepEqual([started.throughBlocks, started.unit, started.total], [false, 'BLOCKS', 4 * 4]);
    const done = told.flatMap((event) => (event.__typename === 'AttributionProgressed' ? [event.done] : []));
    assert.deepEqual(
      done,
      [...done].sort((a, b) => a - b),
    );
    assert.equal(done.at(-1), 16);
    assert.equal(told.at(-1)?.__typename, 'AttributionCompleted');
  });

  it('that is none is refused, with what would be right', async () => {
    const faults: [target: TargetInput, message: RegExp][] = [
      [{ span: { from: 0, to: 3 } }, /first token of the prompt, which nothing predicts; `from` is 1 at the least/],
      [{ span: { from: -14 } }, /first token/],
      [{ span: { from: 5, to: 5 } }, /from 5 to 5 is empty/],
      [{ span: { from: 3, to: 15 } }, /`to` 15 is outside of the prompt; it has 14 tokens: 1 to 14/],
      [{ span: { from: -15 } }, /`from` -15 is outside/],
      [{ span: { from: 3 }, token: { text: ' Mary' } }, /a span or one token: leave `token` out, or `span`/],
      [{ span: { from: 3 }, position: 4 }, /leave `position` out/],
      [{ span: { from: 3 }, against: { text: ' Mary' } }, /leave `against` out/],
      [{ span: { from: 3, against: { text: '' } } }, /other continuation is empty/],
      [{ span: { from: -1, against: { text: ' to' } } }, /is the span itself/],
      [{ span: { from: 3, against: { tokenIds: [-1] } } }, /token id -1, outside of the vocabulary/],
      [{ span: { from: 3, against: { tokenIds: Array(254).fill(7) } } }, /has 254 tokens, 257 with .* at most 256/],
    ];
    for (const [target, message] of faults) {
      const refused = await asked(target);
      assert.ok(refused.__typename === 'TargetError', JSON.stringify(refused));
      assert.match(refused.message, message);
    }
    const input = { ...question, target: { span: { from: 3 } } };
    const [first] = await collect(server.client.subscribe(CirculationDocument, { input }));
    assert.ok(first?.circulation.__typename === 'TargetError');
    assert.match(first.circulation.message, /goes to one position/);
  });
});
