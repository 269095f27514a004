import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';

const run = promisify(execFile);

describe('a server on a file', () => {
  it('loads nothing of PostgreSQL', async () => {
    await using folder = await temporaryFolder();
    const program = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const { startServer } = await import(${JSON.stringify(new URL('../server/server.ts', import.meta.url).href)});
      const { readSettings } = await import(${JSON.stringify(new URL('../settings.ts', import.meta.url).href)});
      const { pino } = await import('pino');
      const settings = readSettings({ ...process.env, PORT: '0', DATABASE_URL: 'file:${folder.path}/test.db' });
      const server = await startServer(settings, pino({ level: 'silent' }));
      await server.close();
      console.log(loaded.length, loaded.filter((url) => /node_modules\\/(pg|pg-[a-z-]+|@prisma\\/adapter-pg)\\//.test(url)).join(' '));
      process.exit();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: process.cwd() });
    const [, count, others] = /^(\d+) (.*)$/m.exec(stdout) ?? [];
    assert.ok(Number(count) > 100);
    assert.equal(others, '');
  });
});
