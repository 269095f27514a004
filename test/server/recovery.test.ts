/** Nothing is lost: the server is killed while a run streams, and started again on the same database. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { TributaryClient } from '../../src/client/client.ts';
import {
  CirculationDocument,
  type CirculationEventPartsFragment,
  GenerationDocument,
  type GenerationEventPartsFragment,
  LiveLogitAttributionDocument,
  type LogitAttributionEventPartsFragment,
  RepeatRunDocument,
  RunsDocument,
} from '../../src/client/generated/graphql.ts';
import { startServer } from '../../src/server/server.ts';
import { ServerProcess } from '../support/server-process.ts';
import { collect, startTestServer } from './harness.ts';

/** Long enough that the server is killed in the middle of it. */
const input = {
  model: 'sample',
  prompt: { tokenIds: Array.from({ length: 250 }, (_, position) => (position * 37) % 2000) },
  track: Array.from({ length: 64 }, (_, position) => position * 3),
};

describe('a server that is killed and started again', () => {
  let server: ServerProcess;
  before(async () => {
    server = await ServerProcess.prepare();
  });
  after(() => server[Symbol.asyncDispose]());

  it('has every event that a client received, says why the run failed, and completes it when asked again', async () => {
    await server.start();
    const client = new TributaryClient(server.url, { retries: 0 });
    const received: CirculationEventPartsFragment[] = [];
    const stream = client.subscribe(CirculationDocument, { input });
    await assert.rejects(async () => {
      for await (const { circulation } of stream) {
        received.push(circulation);
        if (circulation.__typename === 'LayerCirculated' && circulation.layer === 0) await server.kill();
      }
    });
    assert.ok(received.length >= 2);

    await server.start();
    const again = new TributaryClient(server.url, { retries: 0 });
    try {
      const { runs } = await again.request(RunsDocument, { first: 10 });
      const run = runs?.edges[0]?.node;
      assert.ok(run);
      const stored = await collect(again.followRun(run.id));
      assert.deepEqual(stored.slice(0, received.length), received, 'what was received is stored, bit for bit');
      if (run.status === 'FAILED') {
        assert.equal(run.error?.code, 'INTERRUPTED');
        assert.match(run.error.message, /server stopped/);
        assert.equal(stored.at(-1)?.__typename, 'RunFailed');
      } else assert.equal(run.status, 'COMPLETED', 'a run that was through when the process died is whole');

      const anew = (await collect(again.subscribe(CirculationDocument, { input }))).map(
        ({ circulation }) => circulation,
      );
      assert.equal(anew.at(-1)?.__typename, 'CirculationCompleted');
      const layers = (events: CirculationEventPartsFragment[]) =>
        events
          .filter((event) => event.__typename === 'LayerCirculated')
          .map(({ tracked, lens }) => ({ tracked, lens }));
      assert.deepEqual(layers(anew).slice(0, layers(received).length), layers(received), 'the figures are the same');
    } finally {
      await client.close();
      await again.close();
      assert.equal(await server.stop(), 0, 'SIGTERM ends the server cleanly');
    }
  });

  it('has every event of a live attribution too, replays it whole after the next start, and resumes it anywhere', async () => {
    const asked = { model: 'sample', prompt: input.prompt, target: { token: { tokenId: 7 } } };
    await server.start();
    const client = new TributaryClient(server.url, { retries: 0 });
    const received: LogitAttributionEventPartsFragment[] = [];
    await assert.rejects(async () => {
      for await (const { logitAttribution } of client.subscribe(LiveLogitAttributionDocument, { input: asked })) {
        received.push(logitAttribution);
        if (logitAttribution.__typename === 'LayerPassed' && logitAttribution.layer === 0) await server.kill();
      }
    });
    assert.ok(received.length >= 2);
    await client.close();

    await server.start();
    const again = new TributaryClient(server.url, { retries: 0 });
    const { runs } = await again.request(RunsDocument, { first: 1 });
    const run = runs?.edges[0]?.node;
    assert.ok(run);
    const stored = await collect(again.followRun(run.id));
    assert.deepEqual(stored.slice(0, received.length), received, 'what was received is stored, bit for bit');
    if (run.status === 'FAILED') {
      assert.equal(run.error?.code, 'INTERRUPTED');
      assert.equal(stored.at(-1)?.__typename, 'RunFailed');
    } else assert.equal(run.status, 'COMPLETED');
    const whole = (await collect(again.subscribe(LiveLogitAttributionDocument, { input: asked }))).map(
      ({ logitAttribution }) => logitAttribution,
    );
    assert.equal(whole.at(-1)?.__typename, 'AttributionCompleted');
    await again.close();
    assert.equal(await server.stop(), 0);

    await server.start();
    const later = new TributaryClient(server.url, { retries: 0 });
    const replayed = (await collect(later.subscribe(LiveLogitAttributionDocument, { input: asked }))).map(
      ({ logitAttribution }) => logitAttribution,
    );
    assert.deepEqual(replayed, whole);
    const first = whole[0];
    assert.ok(first && 'run' in first);
    for (const seq of whole.keys())
      assert.deepEqual(await collect(later.followRun(first.run.id, seq)), whole.slice(seq + 1));
    await later.close();
    assert.equal(await server.stop(), 0);
  });

  it('has every token of an answer too, says why it broke off, and gives the same answer when asked again', async () => {
    const asked = { model: 'sample', prompt: { text: 'The river takes what' }, maxTokens: 200, sampling: { seed: 11 } };
    const wanted = { ...asked, stop: { endOfText: false } };
    await server.start();
    const client = new TributaryClient(server.url, { retries: 0 });
    const received: GenerationEventPartsFragment[] = [];
    await assert.rejects(async () => {
      for await (const { generation } of client.subscribe(GenerationDocument, { input: wanted })) {
        received.push(generation);
        if (generation.__typename === 'TokenGenerated' && generation.index === 9) await server.kill();
      }
    });
    await client.close();
    const answerOf = (events: readonly { readonly __typename?: string }[]) =>
      (events as readonly GenerationEventPartsFragment[])
        .filter((event) => event.__typename === 'TokenGenerated')
        .map(({ token }) => token.tokenId);
    assert.ok(answerOf(received).length >= 10);

    await server.start();
    const again = new TributaryClient(server.url, { retries: 0 });
    const { runs } = await again.request(RunsDocument, { first: 1 });
    const run = runs?.edges[0]?.node;
    assert.ok(run);
    assert.deepEqual([run.kind, run.status, run.error?.code], ['GENERATION', 'FAILED', 'INTERRUPTED']);
    const stored = await collect(again.followRun(run.id));
    assert.deepEqual(stored.slice(0, received.length), received, 'what was received is stored, bit for bit');
    assert.equal(stored.at(-1)?.__typename, 'RunFailed');
    const { repeatRun } = await again.request(RepeatRunDocument, { id: run.id });
    assert.ok(repeatRun.__typename === 'RunPayload');
    assert.notEqual(repeatRun.run.id, run.id);
    const whole = await collect(again.followRun(repeatRun.run.id));
    assert.equal(whole.at(-1)?.__typename, 'GenerationCompleted');
    assert.deepEqual(answerOf(whole).slice(0, answerOf(stored).length), answerOf(stored));
    await again.close();
    assert.equal(await server.stop(), 0);

    await server.start();
    const later = new TributaryClient(server.url, { retries: 0 });
    const replayed = (await collect(later.subscribe(GenerationDocument, { input: wanted }))).map(
      ({ generation }) => generation,
    );
    assert.deepEqual(replayed, whole, 'the same run, bit for bit');
    for (const seq of [0, 1, 57, whole.length - 2])
      assert.deepEqual(await collect(later.followRun(repeatRun.run.id, seq)), whole.slice(seq + 1));
    await later.close();
    assert.equal(await server.stop(), 0);
  });

  it('marks what it stops on SIGTERM, and tells the subscribers before it goes', async () => {
    await server.start();
    const client = new TributaryClient(server.url, { retries: 0 });
    const other = { ...input, prompt: { tokenIds: [...input.prompt.tokenIds].reverse() } };
    const events: CirculationEventPartsFragment[] = [];
    try {
      for await (const { circulation } of client.subscribe(CirculationDocument, { input: other })) {
        events.push(circulation);
        if (events.length === 2) server.signal('SIGTERM');
      }
    } catch (error) {
      // The socket closed with "going away" before the last event was read.
      assert.equal((error as { code?: number }).code, 1001);
    }
    assert.equal(await server.ended(), 0);
    await client.close();

    await server.start();
    const again = new TributaryClient(server.url, { retries: 0 });
    const { runs } = await again.request(RunsDocument, { first: 1 });
    assert.ok(['FAILED', 'COMPLETED'].includes(runs?.edges[0]?.node.status ?? ''), runs?.edges[0]?.node.status);
    await again.close();
    await server.stop();
  });
});

describe('a server that stops', () => {
  it('tells all who follow a run that it has ended, also of runs that wait, before it closes their sockets', async () => {
    const server = await startTestServer();
    server.queue.holdBefore = 1;
    const clients = Array.from({ length: 5 }, () => new TributaryClient(server.url, { retries: 0 }));
    const followed = clients.flatMap((client, index) =>
      [0, 1, 2, 3].map((token) =>
        collect(
          client.subscribe(LiveLogitAttributionDocument, {
            input: { model: 'llama', prompt: { tokenIds: [1, 2, index + 4, token] } },
          }),
        ),
      ),
    );
    const started = async () => (await server.client.request(RunsDocument, { first: 100 })).runs?.edges.length;
    while ((await started()) !== followed.length);
    await server.close();
    for (const events of await Promise.all(followed)) {
      const last = events.at(-1)?.logitAttribution;
      assert.ok(last?.__typename === 'RunFailed', last?.__typename);
      assert.equal(last.error.code, 'INTERRUPTED');
    }
    for (const client of clients) await client.close();
  });
});

describe('a second server that is started on the same database', () => {
  it('says so and stops, whatever its port, and the runs of the first go on', async () => {
    const first = await startTestServer();
    try {
      first.queue.holdBefore = 1;
      const stream = first.client.subscribe(CirculationDocument, {
        input: { model: 'llama', prompt: { tokenIds: [1, 2, 3] } },
      });
      const events: CirculationEventPartsFragment[] = [];
      for await (const { circulation } of stream) {
        events.push(circulation);
        if (events.length !== 2) continue;
        for (const port of [Number(new URL(first.url).port), 0]) {
          const starting = startServer({ ...first.settings, port }, pino({ level: 'silent' }));
          await assert.rejects(starting, /test\.db cannot be opened: a server is running on it already/);
        }
        first.queue.lastGate?.release();
      }
      assert.equal(events.at(-1)?.__typename, 'CirculationCompleted');
    } finally {
      await first.close();
    }
  });
});
