/** For tests: a PostgreSQL server of one's own, to be stopped and started. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { password, user } from './binaries.ts';
import type { Answer, Command } from './postmaster.ts';

const postmaster = fileURLToPath(new URL('./postmaster.ts', import.meta.url));

export interface OwnPostgres extends AsyncDisposable {
  /** Of a database, on the same port after each start. @param database absent: the one for whoever has none yet */
  url(database?: string): string;
  start(): Promise<void>;
  /** @param how fast: sessions are ended, all is written; immediate: as if it had crashed */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  restart(how?: 'fast' | 'immediate'): Promise<void>;
}

/**
 * It ends with this process at the latest.
 * @param settings of PostgreSQL, beside those of tests
 */
export async function ownPostgres(settings: Readonly<Record<string, string>> = {}): Promise<OwnPostgres> {
  // In a group of its own: Ctrl-C reaches whoever uses it, and it is gone after them.
  const child = fork(postmaster, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true });
  let port = 0;
  const tell = async (command: Command): Promise<void> => {
    child.send(command);
    // Only while it is asked something does it keep this process.
    child.ref();
    child.channel?.ref();
    const answer = await answerOf(child);
    child.channel?.unref();
    child.unref();
    if ('failed' in answer) throw new Error(answer.failed);
    port = answer.port;
  };
  const start = () => tell({ do: 'start', settings });
  const stop = (how: 'fast' | 'immediate' = 'fast') => tell({ do: 'stop', how });
  await start();
  return {
    url: (database = 'postgres') =>
      `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    start,
    stop,
    async restart(how) {
      await stop(how);
      await start();
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function answerOf(child: ChildProcess): Promise<Answer> {
  const ended = once(child, 'exit').then(() => ({ failed: 'the process that holds PostgreSQL has ended' }));
  const [answer] = await Promise.race([once(child, 'message') as Promise<[Answer]>, ended.then((answer) => [answer])]);
  return answer as Answer;
}
