/** The same stream without WebSocket, as server-sent events. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import { print } from 'graphql';
import {
  CirculationDocument,
  type CirculationEventPartsFragment,
  type CirculationInput,
} from '../../src/client/generated/graphql.ts';
import { EventReader } from '../../src/runs/event-reader.ts';
import { collect, fastest, startTestServer, type TestServer } from './harness.ts';

const input = { model: 'llama', prompt: { tokenIds: [5, 9, 70, 3] }, track: [0, 3] };

describe('a circulation over server-sent events', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());
  afterEach(() => {
    server.queue.holdBefore = -1;
    mock.restoreAll();
  });

  const open = (asked: CirculationInput, signal?: AbortSignal) =>
    fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: print(CirculationDocument), variables: { input: asked } }),
      ...(signal && { signal }),
    });

  it('is started for nobody who could not read it', async () => {
    const asked = { query: print(CirculationDocument), variables: { input: { ...input, track: [2] } } };
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(asked),
    });
    assert.equal(answer.status, 406);
    const { errors } = (await answer.json()) as { errors: { message: string }[] };
    assert.match(errors[0]?.message ?? '', /Accept: text\/event-stream, or over WebSocket/);
    assert.equal(server.queue.lastGate, undefined);
  });

  it('is the one that WebSocket clients get', async () => {
    const text = await (await open(input)).text();
    const events = [...text.matchAll(/^event: next\ndata: (.*)$/gm)].map(
      ([, data = '']) =>
        (JSON.parse(data) as { data: { circulation: CirculationEventPartsFragment } }).data.circulation,
    );
    const overSocket = await collect(server.client.subscribe(CirculationDocument, { input }));
    assert.deepEqual(
      events,
      overSocket.map(({ circulation }) => circulation),
    );
    assert.match(text, /event: complete/);
  });

  it('sends each event when its block is passed, and is left in under 50 ms while the next one is held', async () => {
    server.queue.holdBefore = 1;
    const original = EventReader.prototype.return;
    let ended = () => {};
    mock.method(EventReader.prototype, 'return', function (this: EventReader) {
      ended();
      return original.call(this);
    });
    const took = await fastest(5, async (attempt) => {
      const left = Promise.withResolvers<void>();
      ended = left.resolve;
      const controller = new AbortController();
      const text = await firstLayer(await open({ ...input, track: [1], top: attempt }, controller.signal));
      assert.equal(text.match(/LayerCirculated/g)?.length, 1);
      const before = performance.now();
      controller.abort();
      await left.promise;
      const milliseconds = performance.now() - before;
      server.queue.lastGate?.release();
      return milliseconds;
    });
    assert.ok(took < 50, `took ${took} ms`);
  });

  it('tells what is wrong with the input as its first and only event', async () => {
    const text = await (await open({ ...input, model: 'gpt5' })).text();
    assert.equal(text.match(/event: next/g)?.length, 1);
    assert.match(text, /UnknownModelError/);
  });
});

/** What a response has told when its first block is passed. */
async function firstLayer(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('LayerCirculated')) {
    const chunk = await reader?.read();
    assert.ok(chunk && !chunk.done, `the stream ended early: ${text}`);
    text += decoder.decode(chunk.value);
  }
  return text;
}
