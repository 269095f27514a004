/** Files of rows that are sent by HTTP. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { after, before, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { globalIdOf } from '../../src/api/global-id.ts';
import type { OpenedStore } from '../../src/runs/dialect.ts';
import { openBeside } from '../../src/runs/open.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { onEachStore } from '../support/stores.ts';
import type { TestServer } from './harness.ts';

const csv = { 'content-type': 'text/csv' };
const size = 100_000;

onEachStore('POST /rows', ({ startTestServer }) => {
  let server: TestServer;
  let opened: OpenedStore;
  before(async () => {
    server = await startTestServer({ MAX_UPLOAD_SIZE: String(size), MAX_SWEEP_ROWS: '5000' });
    opened = await openBeside(server.settings.databaseUrl);
  });
  after(async () => {
    await opened.close();
    await server.close();
  });

  const address = (name = '') => `${new URL(server.url).origin}/rows${name && `?name=${encodeURIComponent(name)}`}`;
  const send = (body: BodyInit, headers: Record<string, string> = csv, name = '') =>
    fetch(address(name), { method: 'POST', body, headers, ...(body instanceof ReadableStream && { duplex: 'half' }) });
  const stored = () => opened.database.upload.count();
  async function refusal(response: Response, status: number): Promise<{ code: string; message: string }> {
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    assert.equal(response.status, status, error.message);
    return error;
  }

  it('stores the rows of a file of any format, and tells their id', async () => {
    const parquet = parquetWriteBuffer({
      columnData: [
        { name: 'prompt', data: ['A', 'B'], type: 'STRING' },
        { name: 'n', data: [1, 2], type: 'INT32' },
      ],
    });
    for (const [body, headers, name] of [
      ['prompt,n\nA,1\nB,2\n', csv, ''],
      [
        '{"prompt": "A", "n": 1}\n{"prompt": "B", "n": 2}',
        { 'content-type': 'application/octet-stream' },
        'my rows.jsonl',
      ],
      [parquet, { 'content-type': 'application/vnd.apache.parquet' }, 'rows'],
    ] as const) {
      const response = await send(body, headers, name);
      const answer = (await response.json()) as { id: string; rows: number; columns: string[]; bytes: number };
      assert.equal(response.status, 201);
      const bytes = typeof body === 'string' ? body.length : body.byteLength;
      assert.deepEqual({ ...answer, id: '' }, { id: '', rows: 2, columns: ['prompt', 'n'], bytes });
      const named = globalIdOf(answer.id);
      assert.equal(named?.typename, 'Upload');
      const found = await opened.database.upload.findUniqueOrThrow({
        where: { id: named?.id ?? '' },
        include: { rows: true },
      });
      assert.equal(found.name, name);
      assert.deepEqual(
        found.rows.map(({ values }) => JSON.parse(values)),
        [
          { prompt: 'A', n: '1' },
          { prompt: 'B', n: '2' },
        ],
      );
    }
  });

  it('takes a file that does not say how large it is', async () => {
    const piece = new TextEncoder().encode('a longer prompt\n'.repeat(1000));
    const body = new ReadableStream({
      start(stream) {
        stream.enqueue(new TextEncoder().encode('prompt\n'));
        for (let part = 0; part < 3; part++) stream.enqueue(piece);
        stream.close();
      },
    });
    const response = await send(body);
    assert.equal(response.status, 201);
    assert.equal(((await response.json()) as { rows: number }).rows, 3000);
  });

  it('says what is wrong with a file by its line, and stores nothing of it', async () => {
    const before = await stored();
    const error = await refusal(await send(`prompt,n\n${'A,1\n'.repeat(2000)}B\n${'A,1\n'.repeat(2000)}`), 400);
    assert.equal(error.code, 'INPUT');
    assert.match(error.message, /^Line 2002: it has 1 values/);
    assert.equal(await stored(), before);
    assert.match((await refusal(await send('prompt\n'), 400)).message, /no rows/);
    assert.match((await refusal(await send('{"__proto__": 1}', {}, 'x.jsonl'), 415)).message, /Content-Type/);
    assert.match((await refusal(await send(`prompt\n${'A\n'.repeat(5001)}`), 400)).message, /more than 5000 rows/);
    assert.equal(await stored(), before);
  });

  it('refuses what is too large, said or unsaid', async () => {
    const before = await stored();
    const large = `prompt\n${'x'.repeat(99)}\n`.repeat(2000);
    assert.match((await refusal(await send(large), 413)).message, /at most 100000 are read \(MAX_UPLOAD_SIZE\)/);
    const unsaid = new Blob([large]).stream();
    assert.match((await refusal(await send(unsaid), 413)).message, /at most 100000/);
    assert.equal(await stored(), before);
  });

  it('refuses files of other kinds, packed ones, and other ways to send them', async () => {
    const octets = { 'content-type': 'application/octet-stream' };
    const packed = new Uint8Array(gzipSync('prompt\nA'));
    assert.match((await refusal(await send('A', octets), 415)).message, /JSONL .* CSV .* Parquet/);
    await refusal(await send('A', octets, 'names.xlsx'), 415);
    // A form, as any page could send one.
    await refusal(await send('prompt\nA', { 'content-type': 'text/plain' }, 'names.csv'), 415);
    assert.match(
      (await refusal(await send(packed, { ...csv, 'content-encoding': 'gzip' }), 415)).message,
      /not as gzip/,
    );
    assert.match((await refusal(await send(packed, csv), 400)).message, /not UTF-8/);
    await refusal(await send('prompt\nA', csv, 'x'.repeat(201)), 400);
    const read = await fetch(address());
    assert.equal(read.headers.get('allow'), 'POST');
    await refusal(read, 405);
  });

  it('refuses pages of other origins', async () => {
    const response = await send('prompt\nA', { ...csv, origin: 'https://elsewhere.example' });
    assert.equal(response.status, 403);
  });

  it('answers a client that is still sending, and the next request on the same connection', async () => {
    using connection = await RawConnection.open(server.url);
    const [begin, rest] = ['prompt,n\nA\n1,2\n1,2\n', 'B,1\n'.repeat(5000)];
    const length = String(begin.length + rest.length);
    connection.send('POST /rows', { ...csv, 'content-length': length }, begin);
    assert.equal((await connection.read(1))[0]?.status, 400);
    connection.write(rest);
    connection.send('GET /health');
    assert.equal((await connection.read(1))[0]?.status, 200);
  });

  it('keeps nothing of a client that goes away', async () => {
    const before = await stored();
    const rowsBefore = await opened.database.uploadRow.count();
    const origin = new URL(server.url);
    const files = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('tributary-rows-')).length;
    const filesBefore = await files();
    for (const type of ['text/csv', 'application/vnd.apache.parquet']) {
      const headers = { 'content-type': type, 'content-length': '90000' };
      const sending = request({ host: origin.hostname, port: origin.port, path: '/rows', method: 'POST', headers });
      sending.on('error', () => undefined);
      sending.write(`prompt\n${'A\n'.repeat(1000)}`);
      // Begun: it is in the database, or in a file.
      while ((await stored()) === before && (await files()) === filesBefore) await new Promise(setImmediate);
      sending.destroy();
      while ((await stored()) !== before || (await files()) !== filesBefore) await new Promise(setImmediate);
    }
    assert.equal(await opened.database.uploadRow.count(), rowsBefore);
  });

  it('takes four files at once', async () => {
    const origin = new URL(server.url);
    const begun = Array.from({ length: 4 }, () => {
      const sending = request({
        host: origin.hostname,
        port: origin.port,
        path: '/rows',
        method: 'POST',
        headers: csv,
      });
      sending.write('prompt\nA\n');
      return sending;
    });
    while ((await opened.database.upload.count({ where: { storedAt: null } })) < 4) await new Promise(setImmediate);
    assert.equal((await refusal(await send('prompt\nA'), 503)).code, 'OVER_CAPACITY');
    const answers = begun.map(async (sending) => {
      sending.end();
      const [response] = await once(sending, 'response');
      response.resume();
      return response.statusCode;
    });
    assert.deepEqual(await Promise.all(answers), [201, 201, 201, 201]);
  });
});
