/** What happens to the database while the server runs: locked, deleted, replaced, full, read only. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { TributaryClient } from '../../src/client/client.ts';
import {
  CirculationDocument,
  type CirculationEventPartsFragment,
  DeleteRunDocument,
  RunsDocument,
  StartCirculationDocument,
} from '../../src/client/generated/graphql.ts';
import { startServer } from '../../src/server/server.ts';
import { LimitedDisk } from '../support/limited-disk.ts';
import { lockFile } from '../support/lock-file.ts';
import { mountDisk } from '../support/mounted-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { collect, removeFolder, startTestServer, type TestServer } from './harness.ts';

const input = (seed: number) => ({ model: 'llama', prompt: { tokenIds: [seed, 2, 3] } });

describe('a server whose database another process has locked', () => {
  it('answers meanwhile, and goes on with the run under way when the lock is given up: nothing is lost', async () => {
    await using server = await watched();
    server.queue.holdBefore = 1;
    const events = server.client.subscribe(CirculationDocument, { input: input(1) });
    const told = [await events.next(), await events.next()];
    server.queue.holdBefore = -1;
    await using lock = await lockFile(server.database, 'EXCLUSIVE');
    server.queue.lastGate?.release();
    const rest = collect(events);
    const another = start(server, 2);
    // More than SQLite would have waited for, where each answer waited for it.
    for (let asked = 0; asked < 20; asked++) assert.equal((await server.get('/health')).status, 200);
    const { runs } = await server.client.request(RunsDocument, { first: 10 });
    assert.deepEqual(
      runs?.edges.map(({ node }) => node.status),
      ['RUNNING'],
    );
    await lock[Symbol.asyncDispose]();
    const received = [...told.map(({ value }) => value), ...(await rest)].map((value) => value?.circulation);
    assert.deepEqual(
      received.map((event) => event && 'seq' in event && event.seq),
      [...received.keys()],
    );
    assert.equal(received.at(-1)?.__typename, 'CirculationCompleted');
    const [id] = [runs?.edges[0]?.node.id ?? ''];
    assert.deepEqual(await collect(server.client.followRun(id)), received);
    assert.equal((await another).__typename, 'RunPayload');
    assert.deepEqual(server.told(), []);
  });

  it('says so when that takes too long, in the answer, by /ready and once in the log, and is well again after', async () => {
    await using server = await watched();
    const stored = await start(server, 1);
    assert.ok(stored.__typename === 'RunPayload');
    await collect(server.client.followRun(stored.run.id));
    await using lock = await lockFile(server.database, 'EXCLUSIVE');
    const answers = [start(server, 2), start(server, 3), remove(server, stored.run.id)];
    for (const answer of await Promise.all(answers)) {
      assert.ok(answer.__typename === 'OverCapacityError', JSON.stringify(answer));
      assert.match(answer.message, /another process keeps the database locked; .* ask again/);
    }
    let reason = await notReady(server);
    // A busy machine may not get as far as the lock.
    while (/in time/.test(reason)) reason = await notReady(server);
    assert.match(reason, /locked/);
    await lock[Symbol.asyncDispose]();
    await server.ready();
    assert.match(String(server.told()), /^nothing can be stored.*locked.*end the process.*,the database works again$/);
    await completed(server, 2);
    assert.equal((await remove(server, stored.run.id)).__typename, 'RunPayload');
  });
});

describe('a server whose database', () => {
  const ways: [does: string, change: (database: string) => Promise<void>][] = [
    ['is deleted', (database) => rm(database)],
    ['is deleted with all that lies beside it', (database) => removeAll(database, ['', '-wal', '-shm', '-lock'])],
    [
      'is replaced by a copy',
      async (database) => {
        await copyFile(database, `${database}.copy`);
        await rename(`${database}.copy`, database);
      },
    ],
    ['loses its log', (database) => rm(`${database}-wal`)],
    ['loses its index', (database) => rm(`${database}-shm`)],
  ];
  for (const [does, change] of ways) {
    it(`${does} stores nothing from then on, and says what is to be done`, async () => {
      await using server = await watched();
      await completed(server, 1);
      await change(server.database);
      const answer = await start(server, 2);
      assert.ok(answer.__typename === 'OverCapacityError', JSON.stringify(answer));
      assert.match(answer.message, /files of the database were deleted or replaced; .* put them back/);
      assert.match(await notReady(server), /deleted or replaced/);
      await notReady(server);
      assert.match(
        String(server.told()),
        /^nothing can be stored.*: stop the server, put the files back[^,]*,[^,]*,[^,]*$/,
      );
      assert.equal((await completed(server, 1)).length, 5, 'what is stored can be read');
      const { settings } = server;
      await assert.rejects(startServer(settings, pino({ level: 'silent' })), /a server is running on it already/);
    });
  }

  it('is away for a while is well again with it', async () => {
    await using server = await watched();
    await rename(server.database, `${server.database}.away`);
    assert.match(await notReady(server), /deleted or replaced/);
    await rename(`${server.database}.away`, server.database);
    await server.ready();
    assert.equal((await completed(server, 1)).length, 5);
  });

  for (const lost of [['-wal'], ['-shm'], ['-wal', '-shm']]) {
    it(`loses ${lost.join(' and ')} has all that was stored before`, async () => {
      await using server = await watched();
      const events = await completed(server, 1);
      await removeAll(server.database, lost);
      await notReady(server);
      const copy = `${server.database}.copy`;
      await copyFile(server.database, copy);
      const again = await startServer({ ...server.settings, databaseUrl: `file:${copy}` }, pino({ level: 'silent' }));
      const client = new TributaryClient(again.url, { retries: 0 });
      const { runs } = await client.request(RunsDocument, { first: 10 });
      assert.deepEqual(
        runs?.edges.map(({ node }) => node.status),
        ['COMPLETED'],
      );
      assert.deepEqual(await collect(client.followRun(runs?.edges[0]?.node.id ?? '')), events);
      await client.close();
      await again.close();
    });
  }

  it('was taken over by another server, which could since the lock was deleted, leaves it to that one', async () => {
    await using server = await watched();
    await completed(server, 1);
    await rm(`${server.database}-lock`);
    await using lock = await lockFile(`${server.database}-lock`, 'EXCLUSIVE');
    const answer = await start(server, 2);
    assert.equal(answer.__typename, 'OverCapacityError');
    await notReady(server);
    await lock[Symbol.asyncDispose]();
    await server.ready();
    assert.equal((await start(server, 2)).__typename, 'RunPayload');
  });

  it('can only be read says so to the client, in the log and by /ready, until it can be written again', async () => {
    using disk = new LimitedDisk();
    await using server = await watched();
    await completed(server, 1);
    disk.readOnly = true;
    const answer = await start(server, 2);
    assert.ok(answer.__typename === 'OverCapacityError', JSON.stringify(answer));
    assert.match(answer.message, /the database can only be read; when it can be written again, ask again/);
    assert.match(await notReady(server), /only be read/);
    assert.equal((await completed(server, 1)).length, 5);
    disk.readOnly = false;
    await server.ready();
    assert.equal((await completed(server, 2)).length, 5);
    assert.match(String(server.told()), /^nothing can be stored.*let the server write.*,the database works again$/);
  });

  it('is protected for a while says so, and goes on when it is not', async (test) => {
    await using server = await watched();
    await completed(server, 1);
    {
      using protection = protect(server.database);
      if (!protection) return test.skip('may not protect files');
      assert.equal((await start(server, 2)).__typename, 'OverCapacityError');
      assert.match(await notReady(server), /the disk fails|only be read/);
      assert.equal((await start(server, 2)).__typename, 'OverCapacityError');
      await notReady(server);
    }
    await server.ready();
    assert.equal((await completed(server, 2)).length, 5);
  });

  it('lies on a disk that is full says so to the client, in the log and by /ready, until there is room', async (test) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'disk');
    await using disk = await mountDisk(path, 4 << 20);
    if (!disk) return test.skip('may not mount a disk of its own');
    await using server = await watched({ DATABASE_URL: `file:${join(path, 'test.db')}` });
    await completed(server, 1);
    await disk.fill();
    let last: CirculationEventPartsFragment | undefined;
    for (let seed = 2; !last || last.__typename === 'CirculationCompleted'; seed++)
      last = (await ask(server, seed)).at(-1);
    assert.match(JSON.stringify(last), /disk (of the server )?is full.* ask/);
    assert.match(await notReady(server), /the disk is full/);
    assert.match(await notReady(server), /the disk is full/);
    assert.equal((await completed(server, 1)).length, 5);
    await disk.empty();
    await server.ready();
    assert.equal((await completed(server, 200)).length, 5);
    assert.match(
      String(server.told().filter((line) => line !== 'a run failed')),
      /^nothing can be stored.*make room.*,the database works again$/,
    );
  });
});

interface WatchedServer extends TestServer, AsyncDisposable {
  /** Its file. */
  readonly database: string;
  /** What the log says. */
  told(): string[];
  get(path: string): Promise<Response>;
  /** Settles when `/ready` says so. */
  ready(): Promise<void>;
}

/** Its database lies in a folder of its own, which outlives it. */
async function watched(variables: Record<string, string> = {}): Promise<WatchedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-database-'));
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const server = await startTestServer({ DATABASE_URL: `file:${join(folder, 'test.db')}`, ...variables }, log);
  const get = (path: string) => fetch(new URL(path, server.url));
  let open = true;
  const close = async () => {
    if (open) await server.close();
    open = false;
  };
  return {
    ...server,
    database: server.settings.databaseUrl.replace('file:', ''),
    get,
    close,
    told: () => lines.map((line) => JSON.parse(line).msg),
    async ready() {
      // It may join a look at the database that began before.
      let status: number | undefined;
      for (let asked = 0; asked < 100 && status !== 200; asked++) ({ status } = await get('/ready'));
      assert.equal(status, 200);
    },
    async [Symbol.asyncDispose]() {
      await close();
      await removeFolder(folder);
    },
  };
}

/** @returns the reason that `/ready` gives, which names no file */
async function notReady(server: WatchedServer): Promise<string> {
  const response = await server.get('/ready');
  assert.equal(response.status, 503);
  const { ready, reason } = (await response.json()) as { ready: boolean; reason: string };
  assert.equal(ready, false);
  assert.doesNotMatch(reason, /test\.db|[/\\]/);
  return reason;
}

async function start(server: TestServer, seed: number) {
  return (await server.client.request(StartCirculationDocument, { input: input(seed) })).startCirculation;
}

async function remove(server: TestServer, id: string) {
  return (await server.client.request(DeleteRunDocument, { id })).deleteRun;
}

async function ask(server: TestServer, seed: number): Promise<CirculationEventPartsFragment[]> {
  const events = await collect(server.client.subscribe(CirculationDocument, { input: input(seed) }));
  return events.map(({ circulation }) => circulation);
}

/** The events of a circulation that comes to its end, from the model or from the database. */
async function completed(server: TestServer, seed: number): Promise<CirculationEventPartsFragment[]> {
  const events = await ask(server, seed);
  assert.equal(events.at(-1)?.__typename, 'CirculationCompleted', JSON.stringify(events.at(-1)));
  return events;
}

async function removeAll(database: string, suffixes: readonly string[]): Promise<void> {
  for (const suffix of suffixes) await rm(database + suffix);
}

/** Keeps even root from writing it. @returns undefined where that cannot be done */
function protect(database: string): Disposable | undefined {
  const change = (mode: string) => execFileSync('chattr', [mode, database, `${database}-wal`], { stdio: 'ignore' });
  try {
    change('+i');
  } catch {
    return undefined;
  }
  return { [Symbol.dispose]: () => change('-i') };
}
