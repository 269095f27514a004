/** Whether an attribution holds, over the API: faithfulness for every method, ablations for those that know layers. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  AblationsDocument,
  type AblationsQueryVariables,
  AttributedLayersDocument,
  FaithfulnessDocument,
  type FaithfulnessQueryVariables,
  LogitAttributionDocument,
} from '../../src/client/generated/graphql.ts';
import { attributionMethods } from '../../src/explain/attribution/methods/registry.ts';
import { postQuery } from '../support/post-query.ts';
import { there } from '../support/there.ts';
import { startTestServer, type TestServer } from './harness.ts';

const input = {
  model: 'sample',
  prompt: { text: 'When Mary and John went to the store, John gave a drink to' },
  target: { token: { text: ' Mary' } },
};
const fractions = [0.01, 0.05, 0.1, 0.2, 0.5];

describe('the faithfulness of an attribution', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const ask = async (more: Partial<FaithfulnessQueryVariables['input']> = {}) => {
    const { logitAttribution } = await server.client.request(FaithfulnessDocument, { input: { ...input, ...more } });
    assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
    return logitAttribution;
  };

  for (const method of attributionMethods) {
    it(`is told with what it is measured against: ${method}`, async () => {
      const { faithfulness } = await ask({ method });
      assert.deepEqual(faithfulness.fractions, fractions);
      assert.deepEqual(faithfulness.counts, [1, 1, 2, 3, 7]);
      for (const order of [faithfulness, faithfulness.random, faithfulness.recency]) {
        for (const { drops, area } of [order.comprehensiveness, order.sufficiency]) {
          assert.equal(drops.length, 5);
          assert.ok(drops.every((drop) => Math.abs(drop) <= 1));
          assert.ok(Math.abs(area - drops.reduce((sum, drop) => sum + drop / 5, 0)) < 1e-6);
        }
      }
      assert.ok(faithfulness.agreement != null && Math.abs(faithfulness.agreement) <= 1 + 1e-9);
    });
  }

  it('is better than chance where the evidence is found', async () => {
    const { faithfulness } = await ask({ method: 'FROZEN' });
    assert.ok(faithfulness.comprehensiveness.area > faithfulness.random.comprehensiveness.area);
    assert.ok(faithfulness.sufficiency.area < faithfulness.random.sufficiency.area);
  });

  it('is stored with the run, beside what was asked for before', async () => {
    const variables = { input: { ...input, method: 'GRADIENT' as const } };
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, variables);
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    const first = await ask({ method: 'GRADIENT' });
    assert.equal(first.run.id, logitAttribution.run.id);
    assert.deepEqual((await ask({ method: 'GRADIENT' })).faithfulness, first.faithfulness);
  });

  it('is null in its agreement where no order is to be had', async () => {
    const { faithfulness } = await ask({ prompt: { text: 'When' } });
    assert.equal(faithfulness.agreement, null);
    assert.deepEqual(faithfulness.sufficiency.drops, [0, 0, 0, 0, 0]);
  });

  it('costs what it takes', async () => {
    const many = Array.from({ length: 20 }, (_, index) => `a${index}: logitAttribution(input: $input) { ...F }`);
    const response = await postQuery(
      server.url,
      `query ($input: LogitAttributionInput!) { ${many.join(' ')} }
          fragment F on LogitAttribution { faithfulness { counts } }`,
      { input },
    );
    assert.match(await response.text(), /complexity/);
  });
});

describe('ablations', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const ask = async (more: Partial<AblationsQueryVariables> = {}) => {
    const variables = { input, first: 4, replacement: 'ZERO' as const, ...more };
    const { logitAttribution } = await server.client.request(AblationsDocument, variables);
    assert.ok(logitAttribution.__typename === 'LogitAttribution', JSON.stringify(logitAttribution));
    return logitAttribution;
  };

  it('are of the components to which most is attributed, with the figures of the layers', async () => {
    const ablations = there((await ask()).ablations);
    assert.equal(ablations.length, 4);
    const { logitAttribution } = await server.client.request(AttributedLayersDocument, { input, neurons: 1, edges: 1 });
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    const layers = there(logitAttribution.layers);
    const totals = layers.flatMap(({ heads, mlp }) => [...heads, ...(mlp ? [mlp] : [])].map(({ total }) => total));
    const strongest = totals.map(Math.abs).sort((a, b) => b - a);
    assert.deepEqual(
      ablations.map(({ total }) => Math.abs(total)),
      strongest.slice(0, 4),
    );
    for (const { layer, head, direct, total } of ablations) {
      const same = head == null ? layers[layer]?.mlp : layers[layer]?.heads[head];
      assert.deepEqual([direct, total], [same?.direct, same?.total]);
    }
  });

  it('are added to when more are asked for, and others when something else takes the place', async () => {
    const few = await ask({ first: 2 });
    const more = await ask({ first: 6 });
    assert.equal(more.run.id, few.run.id);
    assert.equal(there(more.ablations).length, 6);
    for (const [index, { drop }] of there(few.ablations).entries()) {
      assert.ok(Math.abs(drop - (more.ablations?.[index]?.drop ?? 0)) < 1e-3);
    }
    const mean = await ask({ first: 2, replacement: 'MEAN' });
    assert.equal(mean.run.id, few.run.id);
    assert.notDeepEqual(mean.ablations, few.ablations);
    assert.deepEqual(
      there(mean.ablations).map(({ layer, head }) => ({ layer, head })),
      there(few.ablations).map(({ layer, head }) => ({ layer, head })),
    );
  });

  it('are null with a method that knows no layers, and none where none are asked for', async () => {
    const { ablations } = await ask({ input: { ...input, method: 'OCCLUSION' } });
    assert.equal(ablations, null);
    assert.deepEqual((await ask({ first: 0 })).ablations, []);
  });
});
