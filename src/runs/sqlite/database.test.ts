/** The database as a file: opened, locked by others, damaged. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { PrismaClient } from '../generated/client.ts';
import { openDatabase } from './database.ts';

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

  it('keeps one connection, however many transactions there are', async (test) => {
    if (process.platform !== 'linux') return test.skip('counts the open files that Linux lists');
    const database = await openDatabase(url('many.db'));
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    await database.$transaction((transaction) => transaction.run.count());
    const before = await openFiles();
    for (let round = 0; round < 50; round++) await database.$transaction((transaction) => transaction.run.count());
    assert.ok((await openFiles()) <= before);
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
    const database = await openDatabase(url('locked.db'), 20);
    await database.experiment.create(experiment('before'));
    const other = await lock('locked.db', 'IMMEDIATE');
    for (let round = 0; round < 3; round++) {
      const write = database.$transaction((transaction) => transaction.experiment.create(experiment('refused')));
      await assert.rejects(write, /BUSY|timed out|timeout/i);
      assert.deepEqual(await names(database), ['before']);
    }
    await end(other);
    for (const name of ['after', 'later'])
      await database.$transaction((transaction) => transaction.experiment.create(experiment(name)));
    assert.deepEqual(await names(database), ['after', 'before', 'later']);
    await database.$disconnect();
  });

  it('says what is wrong with a file that it cannot open', async () => {
    await writeFile(join(folder, 'text.db'), 'This is no database. '.repeat(100));
    await assert.rejects(openDatabase(url('text.db')), /text\.db cannot be opened: the file is no SQLite database/);
    await mkdir(join(folder, 'folder.db'));
    await assert.rejects(openDatabase(url('folder.db')), /cannot be opened: .* no access/);
    await assert.rejects(openDatabase(url('text.db', 'below.db')), /cannot be opened: .* no file of this name/);
    await assert.rejects(openDatabase('file::memory:'), /must be a file/);
    const other = await lock('taken.db', 'EXCLUSIVE');
    await assert.rejects(
      openDatabase(url('taken.db'), 20),
      /taken\.db cannot be opened: another process has locked it/,
    );
    await end(other);
  });

  /** Another process that holds a lock; locks of one process do not exclude each other. */
  async function lock(file: string, kind: 'IMMEDIATE' | 'EXCLUSIVE'): Promise<ChildProcess> {
    const script = `const { DatabaseSync } = require('node:sqlite');
      const database = new DatabaseSync(process.argv[1]);
      database.exec('BEGIN ${kind}');
      process.stdout.write('locked');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--no-warnings', '-e', script, join(folder, file)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  }
});

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function names(database: PrismaClient): Promise<string[]> {
  return (await database.experiment.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name);
}
