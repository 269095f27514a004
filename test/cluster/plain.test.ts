/** Servers and workers on one PostgreSQL, each a process of its own: whatever is asked of whichever server, a worker computes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CirculationSubscription, RunEventsSubscription } from '../../src/client/generated/graphql.ts';
import {
  CancelRunDocument,
  CirculationDocument,
  GenerationDocument,
  HeadCircuitsDocument,
  LensDocument,
  LogitAttributionDocument,
  RunEventsDocument,
  StartCirculationDocument,
  StartSweepDocument,
  SweepDocument,
  SweepProgressDocument,
  TargetCandidatesDocument,
  WorkersDocument,
} from '../../src/client/generated/graphql.ts';
import { collect, startTestServer, type TestServer, untimed } from '../server/harness.ts';
import { eventually } from '../support/eventually.ts';
import { noPostgres } from '../support/postgres/binaries.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { assertNear } from './near.ts';

const prompt = (text: string) => ({ model: 'sample', prompt: { text } });

describe('a server and another, and a worker', { skip: noPostgres ?? false }, () => {
  let cluster: Cluster;
  /** One that computes by itself. */
  let embedded: TestServer;
  before(async () => {
    [cluster, embedded] = await Promise.all([startCluster({ servers: 2, workers: 1 }), startTestServer()]);
  });
  after(() => Promise.all([cluster[Symbol.asyncDispose](), embedded.close()]));
  const clients = () => [cluster.server(0).client, cluster.server(1).client] as const;

  it('stream a circulation to who asks of one, and the same to who follows it at the other', () =>
    cluster.during(async () => {
      const [one, other] = clients();
      const input = { ...prompt('The capital of France is'), track: [1] };
      const { startCirculation } = await one.request(StartCirculationDocument, { input });
      assert.equal(startCirculation.__typename, 'RunPayload', JSON.stringify(startCirculation));
      const runId = 'run' in startCirculation ? startCirculation.run.id : '';
      const [told, followed, asked] = await Promise.all([
        collect(one.subscribe(CirculationDocument, { input })),
        collect(other.subscribe(RunEventsDocument, { runId })),
        collect(other.subscribe(CirculationDocument, { input })),
      ]);
      assert.equal(told.at(-1)?.circulation.__typename, 'CirculationCompleted', JSON.stringify(told.at(-1)));
      assert.deepEqual(followed.map(kindOf), told.map(kindOf));
      assert.deepEqual(asked, told);
      const alone = await collect(embedded.client.subscribe(CirculationDocument, { input }));
      assert.deepEqual(told.map(kindOf), alone.map(kindOf));
      for (const [index, event] of told.entries())
        assertNear(untimed(event.circulation as never), untimed(alone[index]?.circulation as never));
    }));

  it('answer an attribution as a server does that computes by itself', () =>
    cluster.during(async () => {
      const [one, other] = clients();
      const input = prompt('Anna gave a book to Ben because');
      const { logitAttribution: answer } = await one.request(LogitAttributionDocument, { input });
      const { logitAttribution: alone } = await embedded.client.request(LogitAttributionDocument, { input });
      assert.ok(answer.__typename === 'LogitAttribution' && alone.__typename === 'LogitAttribution');
      const scores = ({ tokens }: typeof answer) => tokens.map(({ token, score }) => [token.text, score]);
      assertNear(scores(answer), scores(alone));
      const { logitAttribution: found } = await other.request(LogitAttributionDocument, { input });
      assert.ok(found.__typename === 'LogitAttribution');
      assert.equal(found.run.id, answer.run.id);
    }));

  it('answer what is not stored: candidates, lens and circuits; and write text', () =>
    cluster.during(async () => {
      const [one, other] = clients();
      const answers = async (client: typeof one) => ({
        candidates: await client.request(TargetCandidatesDocument, {
          input: { ...prompt('The sky is'), text: 'blue' },
        }),
        lens: await client.request(LensDocument, { input: { ...prompt('The sky is') } }),
        circuits: await client.request(HeadCircuitsDocument, { model: 'sample' }),
      });
      const alone = await answers(embedded.client);
      assertNear(await answers(one), alone);
      assertNear(await answers(other), alone);
      const input = { ...prompt('Once upon a time'), maxTokens: 4 };
      const text = await collect(one.subscribe(GenerationDocument, { input }));
      const same = await collect(embedded.client.subscribe(GenerationDocument, { input }));
      assert.deepEqual(text.map(kindOfGeneration), same.map(kindOfGeneration));
      assert.equal(text.at(-1)?.generation.__typename, 'GenerationCompleted', JSON.stringify(text.at(-1)));
    }));

  it('carry out a sweep, which the other server can follow', () =>
    cluster.during(async () => {
      const [one, other] = clients();
      const rows = {
        template: {
          prompt: '{who} went to the {place}',
          slots: [slot('who', 'Anna', 'Ben'), slot('place', 'store', 'sea')],
        },
      };
      const input = { experiment: 'swept', models: ['sample'], rows, operations: [{ logitAttribution: {} }] };
      const { startSweep } = await one.request(StartSweepDocument, { input });
      assert.ok(startSweep.__typename === 'SweepPayload', JSON.stringify(startSweep));
      const { id } = startSweep.sweep;
      const told = await collect(other.subscribe(SweepProgressDocument, { id }));
      assert.ok(told.length > 0);
      const { sweep } = await other.request(SweepDocument, { id });
      assert.deepEqual([sweep?.status, sweep?.done, sweep?.failed], ['COMPLETED', 4, 0]);
    }));

  it('cancel at the one what was asked of the other', () =>
    cluster.during(async () => {
      const [one, other] = clients();
      const input = {
        ...prompt(Array.from({ length: 60 }, (_, index) => `word ${index}`).join(' ')),
        track: [1, 2, 3],
      };
      const { startCirculation } = await one.request(StartCirculationDocument, { input });
      assert.ok(startCirculation.__typename === 'RunPayload', JSON.stringify(startCirculation));
      const { id } = startCirculation.run;
      const events = collect(one.subscribe(RunEventsDocument, { runId: id }));
      const { cancelRun } = await other.request(CancelRunDocument, { id });
      assert.equal(cancelRun.__typename, 'RunPayload', JSON.stringify(cancelRun));
      assert.equal((await events).at(-1)?.runEvents.__typename, 'RunCancelled');
      // The worker has a place for the next one.
      const { logitAttribution } = await one.request(LogitAttributionDocument, { input: prompt('And then') });
      assert.equal(logitAttribution.__typename, 'LogitAttribution');
    }));

  it('show the worker, and say so where there is none', () =>
    cluster.during(async () => {
      const [one, other] = clients();
      const { workers } = await other.request(WorkersDocument, {});
      assert.deepEqual(
        workers?.map(({ models }) => models.map(({ name }) => name)),
        [['llama', 'sample']],
      );
      // What it has in hand when it is asked to end, it gives back; it has nothing.
      assert.equal(await cluster.worker(0).end('SIGTERM'), 0);
      // What is asked while it is still seen waits for another one.
      await eventually(async () => (await one.request(WorkersDocument, {})).workers?.length === 0);
      const { logitAttribution } = await one.request(LogitAttributionDocument, { input: prompt('Nobody is there') });
      assert.ok(logitAttribution.__typename === 'NoWorkerError', JSON.stringify(logitAttribution));
      assert.match(logitAttribution.message, /npm run worker/);
      const started = await one.request(StartCirculationDocument, { input: prompt('Nobody is there') });
      assert.equal(started.startCirculation.__typename, 'RunPayload');
      await cluster.startWorker();
      const again = await one.request(LogitAttributionDocument, { input: prompt('Nobody is there') });
      assert.equal(again.logitAttribution.__typename, 'LogitAttribution', JSON.stringify(again));
    }));
});

function slot(name: string, ...values: string[]) {
  return { name, values };
}

function kindOf(event: CirculationSubscription | RunEventsSubscription): string {
  return ('circulation' in event ? event.circulation : event.runEvents).__typename;
}

function kindOfGeneration({ generation }: { readonly generation: { readonly __typename: string } }): unknown {
  return 'token' in generation ? [generation.__typename, generation.token] : generation.__typename;
}
