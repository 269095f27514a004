/** For tests: another process that holds a lock on a database; locks of one process do not exclude each other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const script = `const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1], { timeout: 10000 });
  database.exec('BEGIN ' + process.argv[2]);
  process.stdout.write('locked');
  setInterval(() => undefined, 1000);`;

/** Locked until it is disposed of. */
export async function lockFile(path: string, kind: 'IMMEDIATE' | 'EXCLUSIVE'): Promise<AsyncDisposable> {
  const holder = spawn(process.execPath, ['--no-warnings', '-e', script, path, kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const ended = once(holder, 'exit');
  return {
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL');
      await ended;
    },
  };
}
