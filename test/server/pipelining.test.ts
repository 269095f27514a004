/** Requests that a client sends ahead on one connection, whether or not it reads the answers. */
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { after, afterEach, before, describe, it } from 'node:test';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { RawConnection } from '../support/raw-connection.ts';
import { startTestServer, type TestServer } from './harness.ts';

const page = { accept: 'text/html' };
const compressedPage = { ...page, 'accept-encoding': 'br' };
const pageBytes = renderGraphiQL().length;
const circulation = 'subscription { circulation(input: { model: "sample", prompt: { text: "A" } }) { __typename } }';
const unsized = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';

describe('requests that are sent ahead', () => {
  let server: TestServer;
  /** Node tells of each that it has read, whatever becomes of it. */
  const responses: ServerResponse[] = [];
  const note = (message: unknown) => responses.push((message as { response: ServerResponse }).response);
  const requests = channel('http.server.request.start');
  before(async () => {
    server = await startTestServer();
    requests.subscribe(note);
  });
  after(async () => {
    requests.unsubscribe(note);
    await server.close();
  });
  afterEach(() => {
    responses.length = 0;
    server.queue.lastGate = undefined;
  });

  const responsesTo = ({ socket }: RawConnection) =>
    responses.filter(({ req }) => req.socket.remotePort === socket.localPort);
  /** When others have been answered, twice, the server has begun whatever it would begin. */
  const others = async () => {
    for (let round = 0; round < 2; round++) {
      using other = await RawConnection.open(server.url);
      other.get(compressedPage);
      other.post('{ models { edges { node { name } } } }');
      assert.deepEqual(
        (await other.read(2)).map(({ status }) => status),
        [200, 200],
      );
    }
  };

  it('hold less than one page while none is read', async () => {
    using connection = await RawConnection.open(server.url);
    connection.get(page, 17);
    await others();
    const all = responsesTo(connection);
    assert.equal(all.length, 17);
    const bytes = all.reduce((sum, { writableLength }) => sum + writableLength, 0);
    assert.ok(bytes > 0 && bytes < pageBytes, `${bytes} bytes are held`);
    assert.ok(all[0]?.headersSent && !all[1]?.headersSent, 'only the first is begun');
  });

  it('are not begun before the answer to the one before is read', async () => {
    using connection = await RawConnection.open(server.url);
    connection.get(page);
    connection.post(circulation, { accept: 'text/event-stream' });
    await others();
    assert.equal(server.queue.lastGate, undefined, 'nothing was computed');
    const [first, second] = await connection.read(2);
    assert.match(first?.headers['content-type'] ?? '', /html/);
    assert.match(second?.headers['content-type'] ?? '', /event-stream/);
  });

  it('are answered in their order, all of them, and the connection serves on', async () => {
    using connection = await RawConnection.open(server.url);
    for (let index = 0; index < 16; index++)
      if (index % 4 === 0) connection.get(compressedPage);
      else connection.post(`{ a${index}: __typename }`);
    for (const [index, { status, headers, body }] of (await connection.read(16)).entries()) {
      assert.equal(status, 200);
      if (index % 4 === 0) assert.match(headers['content-type'] ?? '', /html/);
      else assert.deepEqual(JSON.parse(body), { data: { [`a${index}`]: 'Query' } });
    }
    connection.post('{ __typename }');
    assert.equal((await connection.read(1))[0]?.status, 200);
  });

  it('are refused in their turn when there are too many', async () => {
    using connection = await RawConnection.open(server.url);
    connection.get(compressedPage, 40);
    const answers = await connection.read();
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...Array(1 + 16).fill(200), 429],
    );
    const refusal = answers.at(-1);
    assert.match(refusal?.body ?? '', /At most 16 requests may wait/);
    assert.equal(refusal?.headers['x-content-type-options'], 'nosniff', 'it has the headers of every answer');
  });

  it('cut the connection, before any is answered, when they are a flood', async () => {
    using connection = await RawConnection.open(server.url);
    connection.get(page, 300);
    assert.deepEqual(await connection.read(), []);
    await others();
  });

  it('are not begun after an answer that closes the connection', async () => {
    using connection = await RawConnection.open(server.url);
    connection.socket.write(unsized);
    connection.get(page);
    assert.deepEqual(
      (await connection.read()).map(({ status }) => status),
      [411],
    );
    await others();
    assert.equal(responsesTo(connection)[1]?.headersSent, false);
  });

  it('are not begun after they were refused', async () => {
    using connection = await RawConnection.open(server.url);
    connection.get(compressedPage, 1 + 16 + 1);
    const answers = await connection.read(2);
    connection.get(compressedPage);
    answers.push(...(await connection.read()));
    assert.equal(answers.length, 1 + 16 + 1);
    await others();
    assert.notEqual(responsesTo(connection)[18]?.headersSent, true);
  });

  it('are forgotten when their client leaves', async () => {
    using connection = await RawConnection.open(server.url);
    connection.get(page, 5);
    await others();
    const all = responsesTo(connection);
    const left = once(all[0] as ServerResponse, 'close');
    connection.socket.destroy();
    await left;
    await others();
    assert.deepEqual(
      all.map(({ headersSent }) => headersSent),
      [true, false, false, false, false],
    );
  });
});
