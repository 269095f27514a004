/**
 * For tests: a process that holds one PostgreSQL server, and takes it with its data along when the process that forked it
 * ends, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { account, copyFolder, handOver, installation } from './binaries.ts';

/** What it is told. */
export type Command =
  | { readonly do: 'start'; readonly settings: Readonly<Record<string, string>> }
  /** Fast: sessions are ended, all is written. Immediate: as if it had crashed. */
  | { readonly do: 'stop'; readonly how: 'fast' | 'immediate' };

/** Told after each command. */
export type Answer = { readonly port: number } | { readonly failed: string };

/** How often a port is looked for that another program then takes. */
const attempts = 5;

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

let folder: string | undefined;
let server: ChildProcess | undefined;
let port = 0;

process.on('message', async (command: Command) => {
  try {
    await (command.do === 'start' ? start(command.settings) : stop(command.how));
    tell({ port });
  } catch (error) {
    tell({ failed: (error as Error).message });
  }
});

process.on('disconnect', async () => {
  await stop('immediate');
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit();
});

function tell(answer: Answer): void {
  if (process.connected) process.send?.(answer);
}

async function start(settings: Readonly<Record<string, string>>): Promise<void> {
  const { bin, data } = await installation();
  if (!folder) {
    folder = await mkdtemp(join(tmpdir(), 'tributary-postgres-data-'));
    await chmod(folder, 0o755);
    await copyFolder(data, join(folder, 'data'));
    await handOver(join(folder, 'data'));
  }
  // Where it has had a port, clients know it by that one.
  if (port !== 0) return listen(bin, settings);
  for (let attempt = 1; ; attempt += 1) {
    port = await freePort();
    try {
      return await listen(bin, settings);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

/** @throws Error with its log when it ends before it takes connections */
async function listen(bin: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    ...settings,
  };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(bin, 'postgres'), ['-D', join(folder as string, 'data'), ...options], {
    ...account(),
    cwd: join(folder as string, 'data'),
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server = child;
  const ready = Promise.withResolvers<void>();
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = `${log}${text}`.slice(-5000);
    if (log.includes('ready to accept connections')) ready.resolve();
  });
  child.once('error', ready.reject);
  child.once('exit', () => ready.reject(new Error(`PostgreSQL ended before it took connections:\n${log}`)));
  await ready.promise;
}

async function stop(how: 'fast' | 'immediate'): Promise<void> {
  const child = server;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signals[how]);
  await ended;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
