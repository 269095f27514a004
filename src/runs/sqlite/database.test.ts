/** The database as a file: opened, locked by others, damaged. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { lockFile } from '../../../test/support/lock-file.ts';
import type { PrismaClient } from '../generated/client.ts';
import { openDatabase } from './database.ts';
import { locked, storageFaultOf } from './storage-fault.ts';

const experiment = (name: string) => ({ data: { id: name, name, createdAt: new Date() } });

describe('the database', () => {
  let folder: string;
  const url = (...names: string[]) => `file:${join(folder, ...names)}`;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is made with its folders, in WAL mode, with every migration applied once', async () => {
    const names = (await readdir(new URL('../../../prisma/sqlite/migrations/', import.meta.url))).filter((name) =>
      /^\d/.test(name),
    );
    for (let opening = 0; opening < 2; opening++) {
      const database = await openDatabase(url('deep', 'er', 'a%20name.db'));
      assert.deepEqual(await database.$queryRaw`PRAGMA journal_mode`, [{ journal_mode: 'wal' }]);
      const applied = await database.$queryRaw`SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1`;
      assert.deepEqual(
        applied,
        names.sort().map((name) => ({ name })),
      );
      await database.$disconnect();
    }
    assert.ok((await stat(join(folder, 'deep', 'er', 'a name.db'))).isFile(), 'a URL may be percent-encoded');
  });

  it('does not wait for the disk at each commit, nor after it has opened another connection', async () => {
    const database = await openDatabase(url('patient.db'));
    const normal = [{ synchronous: 1 }];
    assert.deepEqual(await database.$queryRaw`PRAGMA synchronous`, normal);
    // A write that finds the database locked costs the connection.
    const other = await lockFile(join(folder, 'patient.db'), 'IMMEDIATE');
    await assert.rejects(database.experiment.create(experiment('late')));
    await other[Symbol.asyncDispose]();
    assert.deepEqual(await database.$queryRaw`PRAGMA synchronous`, normal);
    await database.$disconnect();
  });

  it('keeps one connection, however many transactions there are, and however many find it locked', async (test) => {
    if (process.platform !== 'linux') return test.skip('counts the open files that Linux lists');
    const database = await openDatabase(url('many.db'));
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const count = () => database.$transaction((transaction) => transaction.run.count());
    await count();
    const before = await openFiles();
    for (let round = 0; round < 50; round++) await count();
    assert.ok((await openFiles()) <= before);
    const other = await lockFile(join(folder, 'many.db'), 'IMMEDIATE');
    const then = await openFiles();
    for (let round = 0; round < 50; round++) await assert.rejects(count());
    assert.ok((await openFiles()) <= then);
    await other[Symbol.asyncDispose]();
    await count();
    await database.$disconnect();
  });

  it('takes nothing of a transaction that fails, and goes on', async () => {
    const database = await openDatabase(url('failing.db'));
    const failing = database.$transaction(async (transaction) => {
      await transaction.experiment.create(experiment('lost'));
      throw new Error('changed its mind');
    });
    await assert.rejects(failing, /changed its mind/);
    await database.$transaction((transaction) => transaction.experiment.create(experiment('kept')));
    assert.deepEqual(await names(database), ['kept']);
    await database.$disconnect();
  });

  it('refuses writes while another process holds the lock, can be read meanwhile, and is well again after', async () => {
    const database = await openDatabase(url('locked.db'));
    await database.experiment.create(experiment('before'));
    await using other = await lockFile(join(folder, 'locked.db'), 'IMMEDIATE');
    for (let round = 0; round < 3; round++) {
      const write = database.$transaction((transaction) => transaction.experiment.create(experiment('refused')));
      await assert.rejects(write, (error) => storageFaultOf(error) === locked);
      assert.deepEqual(await names(database), ['before']);
    }
    await other[Symbol.asyncDispose]();
    for (const name of ['after', 'later'])
      await database.$transaction((transaction) => transaction.experiment.create(experiment(name)));
    assert.deepEqual(await names(database), ['after', 'before', 'later']);
    await database.$disconnect();
  });

  it('is written on a new connection after a statement of its own found it locked', async () => {
    const database = await openDatabase(url('spent.db'));
    const other = await lockFile(join(folder, 'spent.db'), 'IMMEDIATE');
    await assert.rejects(
      database.experiment.create(experiment('refused')),
      (error) => storageFaultOf(error) === locked,
    );
    await other[Symbol.asyncDispose]();
    await database.$transaction((transaction) => transaction.experiment.create(experiment('after')));
    assert.deepEqual(await names(database), ['after']);
    await database.$disconnect();
  });

  it('is not made anew where it was deleted while its connection had to be given up', async () => {
    const database = await openDatabase(url('gone.db'));
    await using _other = await lockFile(join(folder, 'gone.db'), 'IMMEDIATE');
    await assert.rejects(database.experiment.create(experiment('refused')));
    await rm(join(folder, 'gone.db'));
    await assert.rejects(names(database), /gone\.db is not the file that was opened/);
    await assert.rejects(stat(join(folder, 'gone.db')), { code: 'ENOENT' });
    await database.$disconnect();
  });

  it('says what is wrong with a file that it cannot open', async () => {
    await writeFile(join(folder, 'text.db'), 'This is no database. '.repeat(100));
    await assert.rejects(openDatabase(url('text.db')), /text\.db cannot be opened: the file is no SQLite database/);
    await mkdir(join(folder, 'folder.db'));
    await assert.rejects(openDatabase(url('folder.db')), /cannot be opened: .* no access/);
    await assert.rejects(openDatabase(url('text.db', 'below.db')), /cannot be opened: .* no file of this name/);
    await assert.rejects(openDatabase('file::memory:'), /must be a file/);
    const other = await lockFile(join(folder, 'taken.db'), 'EXCLUSIVE');
    await assert.rejects(
      openDatabase(url('taken.db'), { patience: 20 }),
      /taken\.db cannot be opened: another process has locked it/,
    );
    await other[Symbol.asyncDispose]();
  });
});

async function names(database: PrismaClient): Promise<string[]> {
  return (await database.experiment.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name);
}
