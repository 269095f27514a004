import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, it, mock } from 'node:test';
import { bodyOf, readToNoEnd } from './large-body.ts';

const times = { time: 3_600_000, silence: 30_000 };

/** A request that has said nothing yet. */
function silentRequest(headers: Record<string, string> = {}) {
  const stream = new PassThrough();
  return { stream, request: Object.assign(stream, { headers }) as unknown as IncomingMessage };
}

describe('a large body', () => {
  it('is refused unread where it says that it is too large, and where it becomes so', async () => {
    assert.throws(() => bodyOf(silentRequest({ 'content-length': '11' }).request, 10, 'MOST', times), { status: 413 });
    const { stream, request } = silentRequest();
    const { chunks, bytes } = bodyOf(request, 10, 'MOST', times);
    stream.write('123456');
    stream.write('123456');
    await assert.rejects(Array.fromAsync(chunks), { status: 413, message: /12 bytes or more; at most 10 .*MOST/ });
    assert.equal(bytes(), 12);
    assert.equal(stream.destroyed, false, 'it is still to be answered');
  });

  it('is passed over after it was refused, whatever had come of it by then', async () => {
    const { stream, request } = silentRequest();
    const { chunks } = bodyOf(request, 10, 'MOST', times);
    stream.write('x'.repeat(11));
    const refused = assert.rejects(Array.fromAsync(chunks), { status: 413 });
    // More than is kept of what nobody reads.
    stream.write('x'.repeat(3 * stream.readableHighWaterMark));
    await refused;
    stream.end('x');
    const ended = once(stream, 'end', { signal: AbortSignal.timeout(5000) });
    readToNoEnd(request);
    await ended;
  });

  it('ends where its client is silent for thirty seconds, and not where the one who reads it takes longer', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    try {
      const { stream, request } = silentRequest();
      const chunks = bodyOf(request, 10, 'MOST', times).chunks[Symbol.asyncIterator]();
      stream.write('1');
      assert.equal(String((await chunks.next()).value), '1');
      mock.timers.tick(60_000);
      stream.write('2');
      assert.equal(String((await chunks.next()).value), '2');
      const waiting = assert.rejects(chunks.next(), { status: 408, message: /30 seconds/ });
      mock.timers.tick(30_000);
      await waiting;
    } finally {
      mock.timers.reset();
    }
  });

  it('ends after an hour, however it trickles', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    try {
      const { stream, request } = silentRequest();
      const chunks = bodyOf(request, 10, 'MOST', times).chunks[Symbol.asyncIterator]();
      stream.write('1');
      await chunks.next();
      mock.timers.tick(3_600_001);
      stream.write('2');
      await assert.rejects(chunks.next(), { status: 408, message: /60 minutes/ });
    } finally {
      mock.timers.reset();
    }
  });
});
