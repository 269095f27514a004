/** One server a database: a second one that is started by mistake leaves the first one's runs alone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { lockDatabase } from './database-lock.ts';

describe('the lock of a database', () => {
  it('is held by one at a time, until it is released', async () => {
    await using folder = await temporaryFolder();
    const url = (name: string) => `file:${join(folder.path, 'deep', name)}`;
    {
      using _ = await lockDatabase(url('a.db'));
      await assert.rejects(
        lockDatabase(url('a.db')),
        /a\.db cannot be opened: a server is running on it already; .*DATABASE_URL/,
      );
      using _other = await lockDatabase(url('b.db'));
    }
    using _ = await lockDatabase(url('a.db'));
  });

  it('is gone with the process that held it, however that ended', async () => {
    await using folder = await temporaryFolder();
    const url = `file:${join(folder.path, 'test.db')}`;
    const lock = new URL('./database-lock.ts', import.meta.url);
    const program = `const { lockDatabase } = await import('${lock}'); globalThis.lock = await lockDatabase('${url}'); console.log('held'); setInterval(() => {}, 1000)`;
    const holder = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await assert.rejects(lockDatabase(url), /running on it already/);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    using _ = await lockDatabase(url);
  });

  it('says of a file that cannot be made why', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    await assert.rejects(
      lockDatabase(`file:${join(folder.path, 'file', 'test.db')}`),
      /there can be no file of this name/,
    );
    await assert.rejects(lockDatabase('file::memory:'), /must be a file/);
  });
});
