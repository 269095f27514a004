/** A client whose connection is cut goes on where it was. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type RunEvent, TributaryClient } from '../../src/client/client.ts';
import { ConnectionError } from '../../src/client/errors.ts';
import { CirculationDocument, StartCirculationDocument } from '../../src/client/generated/graphql.ts';
import { Network } from '../support/network.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const seqs = (events: readonly RunEvent[]) => events.map((event) => ('seq' in event ? event.seq : event.__typename));

describe('following a run', () => {
  let server: TestServer;
  let network: Network;
  let client: TributaryClient;
  before(async () => {
    server = await startTestServer();
    network = await Network.before(server.url);
    client = new TributaryClient(network.url);
  });
  after(async () => {
    await client.close();
    network.close();
    await server.close();
  });
  afterEach(() => {
    server.queue.holdBefore = -1;
  });

  const start = async (seed: number) => {
    const { startCirculation } = await server.client.request(StartCirculationDocument, {
      input: { model: 'llama', prompt: { tokenIds: [seed, 9, 70] } },
    });
    assert.ok(startCirculation.__typename === 'RunPayload');
    return startCirculation.run.id;
  };

  it('tells each event once and in order when the connection is cut in the middle of it', async () => {
    server.queue.holdBefore = 1;
    const id = await start(1);
    const received: RunEvent[] = [];
    for await (const event of client.followRun(id)) {
      received.push(event);
      if (received.length !== 2) continue;
      network.cut();
      server.queue.lastGate?.release();
      // All is told and stored before the client is back.
      await collect(server.client.followRun(id));
    }
    assert.equal(network.connections, 2);
    assert.deepEqual(seqs(received), [0, 1, 2, 3, 4]);
    assert.deepEqual(received, await collect(server.client.followRun(id)));
  });

  it('finds the run again that nobody else reads, as it was', async () => {
    server.queue.holdBefore = 1;
    const input = { model: 'llama', prompt: { tokenIds: [4, 9, 70] } };
    const events = client.subscribe(CirculationDocument, { input });
    const received: RunEvent[] = [];
    for await (const { circulation } of events) {
      received.push(circulation);
      if (received.length === 2) network.cut();
      // The client is back: it is told from the beginning.
      if (received.length === 4) server.queue.lastGate?.release();
    }
    assert.deepEqual(seqs(received), [0, 1, 0, 1, 2, 3, 4]);
    assert.equal(new Set(received.map((event) => 'run' in event && event.run.id)).size, 1);
    assert.equal(received.at(-1)?.__typename, 'CirculationCompleted');
  });

  it('tells nothing twice when it is cut between the last event and the end', async () => {
    const id = await start(2);
    await collect(server.client.followRun(id));
    const received: RunEvent[] = [];
    for await (const event of client.followRun(id, 1)) {
      received.push(event);
      if (received.length === 3) network.cut();
    }
    assert.deepEqual(seqs(received), [2, 3, 4]);
  });

  it('ends with an error, not in silence, when the server does not come back', async () => {
    server.queue.holdBefore = 1;
    const id = await start(3);
    const gone = await Network.before(server.url);
    const impatient = new TributaryClient(gone.url, { retries: 0 });
    await assert.rejects(async () => {
      for await (const _ of impatient.followRun(id)) gone.close();
    }, ConnectionError);
    server.queue.lastGate?.release();
  });
});
