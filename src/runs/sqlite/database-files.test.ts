import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { DatabaseFiles } from './database-files.ts';

const everything = ['', '-wal', '-shm'];

describe('the files of a database', () => {
  it('are missed one by one, and found again', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'test.db');
    for (const suffix of everything) await writeFile(path + suffix, '');
    const files = new DatabaseFiles(path);
    files.remember();
    for (const suffix of everything) {
      await rename(path + suffix, join(folder.path, 'away'));
      assert.throws(() => files.verify(), /is not the file that was opened/);
      assert.equal(files.lostLog, suffix !== '');
      await writeFile(path + suffix, '');
      assert.throws(() => files.verify(), /is not the file that was opened/);
      assert.equal(files.lostLog, false, 'of another process, perhaps');
      await rename(join(folder.path, 'away'), path + suffix);
      files.verify();
    }
  });

  it('come and go with the connection, but for the database itself', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'test.db');
    const files = new DatabaseFiles(path);
    for (const suffix of everything) await writeFile(path + suffix, '');
    files.remember();
    files.forgetCompanions();
    for (const suffix of ['-wal', '-shm']) await rm(path + suffix);
    files.verify();
    for (const suffix of ['-wal', '-shm']) await writeFile(path + suffix, '');
    files.remember();
    files.verify();
    await rm(`${path}-wal`);
    assert.throws(() => files.verify(), /-wal is not the file that was opened/);
    files.forgetCompanions();
    await rm(path);
    assert.throws(() => files.verify(), /test\.db is not the file that was opened/);
  });
});
