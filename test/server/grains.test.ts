/** Targets and the finer grains over the API: what is asked for is what comes, stored and counted once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  AttributedLayersDocument,
  HeadMovesDocument,
  LogitAttributionDocument,
  type LogitAttributionInput,
  LogitAttributionsDocument,
  MovesDocument,
  PathsDocument,
} from '../../src/client/generated/graphql.ts';
import { assertClose, sum } from '../support/close.ts';
import { there } from '../support/there.ts';
import { startTestServer, type TestServer } from './harness.ts';

const question = { model: 'sample', prompt: { text: 'When Mary and John went to the store, John gave a drink to' } };
const input: LogitAttributionInput = { ...question, target: { token: { text: ' Mary' } } };
const tokens = 14;

describe('targets', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const alone = async (target: LogitAttributionInput['target']) => {
    const variables = { input: { ...question, target: target ?? null } };
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, variables);
    assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
    return logitAttribution;
  };

  it('of one request are answered in order, each by the run that it would have alone', async () => {
    const targets = [
      { token: { text: ' Mary' }, kind: 'LOGIT' as const },
      { token: { text: ' Mary' }, kind: 'PROBABILITY' as const },
      { token: { text: ' Mary' }, against: { text: ' John' }, kind: 'LOG_PROBABILITY' as const },
      { position: 2, kind: 'LOGIT' as const },
    ];
    const first = await alone(targets[0]);
    const { logitAttributions } = await server.client.request(LogitAttributionsDocument, {
      input: { ...question, targets },
    });
    assert.ok(logitAttributions.__typename === 'LogitAttributions', JSON.stringify(logitAttributions));
    const { attributions } = logitAttributions;
    assert.equal(attributions[0]?.run.id, first.run.id);
    assert.deepEqual(
      attributions.map(({ target }) => [target.kind, target.linearised, target.position]),
      [
        ['LOGIT', false, 13],
        ['PROBABILITY', true, 13],
        ['LOG_PROBABILITY', true, 13],
        ['LOGIT', false, 2],
      ],
    );
    for (const [index, target] of targets.entries()) {
      const { run, audit, intercept, bias, tokens } = await alone(target);
      const together = attributions[index];
      assert.equal(run.id, together?.run.id);
      assert.deepEqual(together?.audit, audit);
      assert.ok(audit.passed, `${target.kind}: ${JSON.stringify(audit)}`);
      // A contrast of log-probabilities is one of logits: linear, but for rounding.
      if (target.kind === 'PROBABILITY') assert.ok(intercept > 0.1);
      else assertClose([intercept], [0], 1e-4, 'intercept');
      assertClose([audit.constant], [bias + intercept], 0, 'constant');
      const scores = sum(tokens.map(({ score }) => score));
      assertClose([audit.parts + audit.constant, audit.parts], [audit.sum, scores], 1e-4, 'parts');
    }
    const [, probability, contrast] = attributions;
    assert.equal(probability?.audit.logit.toFixed(5), probability?.target.probability.toFixed(5));
    const logit = (text: string) => alone({ token: { text }, kind: 'LOGIT' }).then(({ target }) => target.logit);
    const difference = (await logit(' Mary')) - (await logit(' John'));
    assertClose([contrast?.audit.logit ?? 0], [difference], 1e-3, 'a contrast of log-probabilities is one of logits');
  });

  it('that are none, too many or wrong are refused together, with what would be right', async () => {
    const ask = async (targets: { token: { text: string } }[]) => {
      const kind = 'LOGIT' as const;
      const variables = { input: { ...question, targets: targets.map((target) => ({ ...target, kind })) } };
      const { logitAttributions } = await server.client.request(LogitAttributionsDocument, variables);
      assert.ok('code' in logitAttributions, JSON.stringify(logitAttributions));
      return logitAttributions;
    };
    const mary = { token: { text: ' Mary' } };
    for (const count of [0, 65, 100]) {
      const { code, message } = await ask(Array(count).fill(mary));
      assert.deepEqual([code, message], ['INPUT', `A request has 1 to 64 targets, not ${count}`]);
    }
    const unlike = await ask([mary, { token: { text: 'Mary John' } }]);
    assert.ok(unlike.__typename === 'TargetError', JSON.stringify(unlike));
    assert.match(unlike.message, /"Mary John"/);
    assert.ok(unlike.candidates.length > 0);
  });
});

describe('the grains of an attribution', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const moves = async (variables: { keep: ('LAYER' | 'HEAD' | 'TO' | 'FROM')[]; path: 'TOTAL' | 'DIRECT' }) => {
    const more = { input, edges: 1000, threshold: 0.05 };
    const { logitAttribution } = await server.client.request(MovesDocument, { ...more, ...variables });
    assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
    return logitAttribution;
  };
  const values = ({ base64 }: { base64: string }) =>
    new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);

  it('has the moves of all heads in any marginal, and the edges above a threshold', async () => {
    for (const path of ['TOTAL', 'DIRECT'] as const) {
      const whole = await moves({ keep: ['FROM', 'TO', 'HEAD', 'LAYER'], path });
      const [layers, heads] = there(whole.moves).shape;
      assert.deepEqual(there(whole.moves).shape, [layers, heads, tokens, tokens]);
      const all = values(there(whole.moves));
      const sources = await moves({ keep: ['FROM'], path });
      assert.deepEqual(there(sources.moves).shape, [tokens]);
      const expected = Array.from({ length: tokens }, (_, from) =>
        sum(all.filter((_value, at) => at % tokens === from)),
      );
      assertClose(values(there(sources.moves)), expected, 1e-3, 'by source');
      const nothing = await moves({ keep: [], path });
      assert.deepEqual(there(nothing.moves).shape, []);
      assertClose(values(there(nothing.moves)), [sum(all)], 1e-3, 'everything');
      const strong = Array.from(all, Math.abs).filter((value) => value >= 0.05);
      assert.ok(strong.length > 1 && strong.length < 1000);
      assert.equal(there(whole.edges).length, strong.length);
      assert.ok(path === 'TOTAL' || there(whole.edges).every(({ to }) => to.position === tokens - 1));
      assert.equal(whole.run.id, sources.run.id, 'parts of one run');
    }
  });

  it('has for each head of each block its own part of the moves', async () => {
    const whole = there((await moves({ keep: ['LAYER', 'HEAD', 'TO', 'FROM'], path: 'TOTAL' })).moves);
    const variables = { input, neurons: 1, edges: 1 };
    const { logitAttribution } = await server.client.request(AttributedLayersDocument, variables);
    assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
    const heads = there(logitAttribution.layers).flatMap((layer) => layer.heads);
    assert.equal(heads.length, (whole.shape[0] ?? 0) * (whole.shape[1] ?? 0));
    assert.deepEqual(
      heads.flatMap(({ sources }) => [...values(sources)]),
      [...values(whole)],
    );
  });

  it('has the moves of chosen heads alone, in ascending order, and refuses heads that there are not', async () => {
    const whole = there((await moves({ keep: ['LAYER', 'HEAD', 'TO', 'FROM'], path: 'TOTAL' })).moves);
    const [, headCount = 0] = whole.shape;
    const ask = async (layers: number[], heads: number[]) => {
      const variables = { input, layers, heads };
      const { logitAttribution } = await server.client.request(HeadMovesDocument, variables);
      assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
      return there(logitAttribution.moves);
    };
    const chosen = await ask([2, 1], [3, 0, 3]);
    assert.deepEqual(chosen.shape, [2, 2, tokens, tokens]);
    const all = values(whole);
    const expected = [1, 2].flatMap((layer) =>
      [0, 3].flatMap((head) => {
        const start = (layer * headCount + head) * tokens ** 2;
        return [...all.subarray(start, start + tokens ** 2)];
      }),
    );
    assert.ok(expected.some((value) => value !== 0));
    assert.deepEqual([...values(chosen)], expected);
    for (const [layers, heads] of [
      [[4], [0]],
      [[0], [headCount]],
      [[], [0]],
      [[-1], [0]],
    ] as const)
      await assert.rejects(ask([...layers], [...heads]), /`(layers|heads)` (has|is empty)/);
  });

  it('has what the residual stream carries, before every block and after the last', async () => {
    const residuals = there((await moves({ keep: ['LAYER'], path: 'TOTAL' })).residuals);
    assert.deepEqual(residuals.shape, [5, tokens]);
    const last = values(residuals).subarray(4 * tokens);
    assert.ok(
      last.subarray(0, -1).every((value) => value === 0),
      'after the last block only the target position counts',
    );
    assert.notEqual(last.at(-1), 0);
  });

  it('has the paths from all tokens and from each, which sum to the logit', async () => {
    const ask = async (from: number | null, method: LogitAttributionInput['method'] = 'FROZEN') => {
      const variables = { input: { ...input, method }, first: 3, from };
      const { logitAttribution } = await server.client.request(PathsDocument, variables);
      assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
      return logitAttribution;
    };
    const all = await ask(null);
    assert.ok(all.paths);
    const { orders, longer } = all.paths;
    assert.deepEqual(
      orders.map(({ order, strongest }) => [order, strongest.length]),
      [
        [0, 0],
        [1, 3],
        [2, 3],
      ],
    );
    for (const { order, strongest } of orders) {
      for (const { components } of strongest) assert.equal(components.length, order);
    }
    assertClose([sum(orders.map((order) => order.sum)) + longer + all.bias], [all.audit.logit], 1e-3, 'all paths');
    let each = 0;
    for (let from = -tokens; from < 0; from++) {
      const { paths } = await ask(from);
      each += sum((paths?.orders ?? []).map((order) => order.sum)) + (paths?.longer ?? 0);
    }
    assertClose([each + all.bias], [all.audit.logit], 1e-3, 'paths of every token');
    assert.equal((await ask(null, 'GRADIENT')).paths, null);
    const nobody = await server.client
      .request(PathsDocument, { input, first: 0, from: null })
      .then(({ logitAttribution }) => logitAttribution);
    assert.ok(nobody.__typename === 'LogitAttribution');
    assertClose([nobody.paths?.longer ?? Number.NaN], [longer], 1e-4, 'sums are there without a list');
    assert.ok(there(nobody.paths).orders.every(({ strongest }) => strongest.length === 0));
    await assert.rejects(ask(tokens), /outside of the prompt; it has 14 tokens: 0 to 13/);
  });
});
