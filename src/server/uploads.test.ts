import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { everybody } from '../runs/access.ts';
import type { UploadedRow, UploadStore } from '../runs/upload-store.ts';
import { takeUploads } from './uploads.ts';

const limits = { size: 1000, rows: 10, atOnce: 4, times: { time: 3_600_000, silence: 30_000 } };

describe('a file of rows', () => {
  it('is not stored for a client that has sent all of it and goes away before it is answered', async () => {
    const begun = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const added = Promise.withResolvers<unknown>();
    const add = async (_name: string, rows: AsyncIterable<UploadedRow>) => {
      try {
        for await (const _ of rows) {
          begun.resolve();
          await left.promise;
        }
        added.resolve('stored');
      } catch (error) {
        added.resolve(error);
      }
      throw new Error('nobody is told');
    };
    const uploads = { add } as unknown as UploadStore;
    const listener = takeUploads(
      uploads,
      limits,
      () => ({ access: everybody }),
      pino({ level: 'silent' }),
      () => undefined,
    );
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connected = once(server, 'connection');
    const headers = { 'content-type': 'text/csv' };
    const sending = request({ port, host: '127.0.0.1', path: '/rows', method: 'POST', headers });
    sending.on('error', () => undefined);
    sending.end('prompt\nA\nB\nC\n');
    const [socket] = await connected;
    await begun.promise;
    const closed = once(socket, 'close');
    sending.destroy();
    await closed;
    left.resolve();
    assert.match(String(await added.promise), /gone away/);
    server.close();
  });
});
