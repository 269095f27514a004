/** Faults of the server's own: logged with all that is known, told to clients without it; and sockets that do not go. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import { type Client, createClient } from 'graphql-ws';
import { pino } from 'pino';
import { ByteCache } from '../../src/byte-cache.ts';
import { EventStore } from '../../src/runs/event-store.ts';
import { RunStore } from '../../src/runs/store.ts';
import { startServer } from '../../src/server/server.ts';
import { readSettings } from '../../src/settings.ts';
import { postQuery } from '../support/post-query.ts';
import { RawWebSocket } from '../support/raw-websocket.ts';
import { type BareServer, startBareServer } from './harness.ts';

const secret = 'SQLITE_CORRUPT at /srv/secret/tributary.db';
const follow = (seed: number) =>
  `subscription { circulation(input: { model: "llama", prompt: { tokenIds: [${seed}] } }) { __typename ... on RunEvent { run { status } } } }`;

describe('a fault of the server', () => {
  let folder: string;
  let server: BareServer;
  let socket: Client;
  let log = '';
  before(async () => {
    server = await startBareServer((line) => {
      log += line;
    });
    ({ folder } = server);
    socket = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
  });
  after(async () => {
    await socket.dispose();
    await server.close();
  });
  afterEach(() => {
    mock.restoreAll();
    log = '';
  });

  const overSocket = (query: string) =>
    new Promise<string>((resolve) => {
      const told: unknown[] = [];
      socket.subscribe(
        { query },
        {
          next: (value) => told.push(value),
          error: (error) => resolve(JSON.stringify([...told, error])),
          complete: () => resolve(JSON.stringify(told)),
        },
      );
    });
  const overHttp = async (query: string) => {
    const response = await postQuery(server.url, query, {}, 'text/event-stream');
    return response.text();
  };

  const whose = { findOrCreate: RunStore, append: RunStore, find: RunStore, page: EventStore };

  /** Breaks the store, asks, and puts it right again. */
  const told = async (method: keyof typeof whose, from: number, ask: () => Promise<string>) => {
    type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;
    const methods = whose[method].prototype as unknown as Methods;
    const original = methods[method];
    let calls = 0;
    mock.method(methods, method, function (this: unknown, ...args: unknown[]) {
      return ++calls >= from ? Promise.reject(new Error(secret)) : original?.apply(this, args);
    });
    const answer = await ask();
    mock.restoreAll();
    return answer;
  };

  it('is masked and logged whether it happens at the start of a stream, in the middle, or in a field', async () => {
    for (const ask of [overSocket, overHttp]) {
      const seed = ask === overSocket ? 10 : 20;
      const answers = [
        await told('findOrCreate', 1, () => ask(follow(seed))),
        await told('page', 1, () => ask(follow(seed + 1))),
        await told('find', 3, () => ask(follow(seed + 2))),
      ];
      for (const answer of answers) {
        assert.match(answer, /Unexpected error/);
        assert.doesNotMatch(answer, /SQLITE|secret|\.ts/);
      }
      assert.equal(log.split(secret).length - 1 >= 3, true, `${ask.name} logs each of them:\n${log}`);
      log = '';
    }
  });

  it('that keeps the end of a run from being stored is told of as an error with a code, and the run is run anew', async () => {
    for (const ask of [overSocket, overHttp]) {
      const question = follow(ask === overSocket ? 40 : 50);
      const answer = await told('append', 1, () => ask(question));
      assert.match(answer, /OverCapacityError/);
      assert.match(await ask(question), /CirculationCompleted/);
    }
  });

  it('is one before an operation is executed too', async () => {
    const get = ByteCache.prototype.get;
    mock.method(ByteCache.prototype, 'get', function (this: ByteCache<unknown>, key: string) {
      if (key.includes('faulty')) throw new Error(secret);
      return get.call(this, key);
    });
    const answer = await overSocket('query faulty { __typename }');
    assert.match(answer, /Unexpected error.*INTERNAL_SERVER_ERROR/);
    assert.doesNotMatch(answer, /SQLITE|secret/);
    assert.ok(log.includes(secret));
  });

  it('does not end the socket: what is asked next is answered', async () => {
    await told('page', 1, () => overSocket(follow(30)));
    assert.match(await overSocket('{ __typename }'), /"__typename":"Query"/);
  });

  it('is not what a wrong request is, which is told in full and not logged as an error', async () => {
    assert.match(
      await overSocket('{ runs(first: -1) { edges { cursor } } }'),
      /`first` is a whole number from 0 to 100, not -1/,
    );
    assert.match(await overSocket('{ nothing }'), /Cannot query field/);
    assert.doesNotMatch(log, /"level":50/);
  });

  it('is no reason to take on more operations on one socket than it may have', async () => {
    const answers = Array.from({ length: 105 }, (_, index) => overSocket(`{ a${index}: models { __typename } }`));
    const refused = (await Promise.all(answers)).filter((answer) => answer.includes('which is the limit'));
    assert.equal(refused.length, 5);
    assert.match(await overSocket('{ __typename }'), /"__typename":"Query"/);
  });

  it('is not what a port in use is: that is told by the error alone', async () => {
    const printed = mock.method(console, 'error', () => undefined);
    const settings = readSettings({
      PORT: new URL(server.url).port,
      DATABASE_URL: `file:${join(folder, 'second.db')}`,
      MODELS_DIR: folder,
    });
    await assert.rejects(startServer(settings, pino({}, { write: (line) => assert.fail(line) })), {
      code: 'EADDRINUSE',
    });
    assert.equal(printed.mock.callCount(), 0);
  });

  it('is not made by a client that never answers: the server still closes within seconds', async () => {
    const other = await startServer(
      readSettings({ PORT: '0', DATABASE_URL: `file:${join(folder, 'other.db')}`, MODELS_DIR: folder }),
      pino({ level: 'silent' }),
    );
    // It shook hands, and then neither reads nor answers.
    using _silent = await RawWebSocket.open(other.url);
    const before = performance.now();
    await other.close();
    assert.ok(performance.now() - before < 5000, `took ${performance.now() - before} ms`);
  });
});
