/** For tests: the server as people start it, a process of its own, with database and models in a temporary folder. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { modelsFolder, removeFolder } from '../server/harness.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Of pino. */
const errorLevel = 50;

/** Milliseconds between two looks at a process' memory. */
const memoryInterval = 25;

export interface Settings {
  /** Settings of the server beside folders and port. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Of node, before the program. */
  readonly flags?: readonly string[];
}

export class ServerProcess implements AsyncDisposable {
  readonly folder: string;
  /** Where its models lie: `sample`, `llama`, and whatever a test puts there. */
  readonly models: string;
  /** Of the file. */
  readonly database: string;
  /** What it logged as an error, and what else it wrote to standard error, over all its lives. */
  readonly faults: string[] = [];
  /** With which requests show who asks, where it wants to know. */
  key: string | undefined;
  readonly #settings: Settings;
  #child: ChildProcess | undefined;
  #url = '';

  private constructor(folder: string, models: string, settings: Settings) {
    this.folder = folder;
    this.models = models;
    this.database = join(folder, 'database', 'test.db');
    this.#settings = settings;
  }

  static async start(settings: Settings = {}): Promise<ServerProcess> {
    const server = await ServerProcess.prepare(settings);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Makes its folders; it is started by `start`. */
  static async prepare(settings: Settings = {}): Promise<ServerProcess> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'tributary-process-')));
    await mkdir(join(folder, 'database'));
    return new ServerProcess(folder, await modelsFolder(folder), settings);
  }

  /** Of the GraphQL endpoint; the same after each start. */
  get url(): string {
    return this.#url;
  }

  get port(): number {
    return Number(new URL(this.#url).port);
  }

  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws Error when it ends before it listens, with what it said */
  async start(): Promise<void> {
    assert.ok(!this.alive, 'the server runs already');
    const { variables, flags = [] } = this.#settings;
    const { NODE_TEST_CONTEXT, ...environment } = process.env;
    void NODE_TEST_CONTEXT;
    const child = spawn(process.execPath, [...flags, main], {
      env: {
        ...environment,
        HOST: '127.0.0.1',
        PORT: this.#url === '' ? '0' : String(this.port),
        DATABASE_URL: `file:${this.database}`,
        MODELS_DIR: this.models,
        THREADS: '1',
        LOG_LEVEL: 'warn',
        ...variables,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const ended = once(child, 'close');
    const said: string[] = [];
    const listening = Promise.withResolvers<string>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line);
      const [, url] = line.match(/^GraphQL: (http\S+)/) ?? [];
      if (url) listening.resolve(url);
      if (levelOf(line) >= errorLevel) this.faults.push(line);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      this.faults.push(line);
    });
    void ended.then(() => listening.reject(new Error(`The server ended before it listened:\n${said.join('\n')}`)));
    this.#url = await listening.promise;
  }

  /** By SIGKILL, whatever it does; settles when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }

  /** As by Ctrl-C. @returns its exit code */
  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return this.ended();
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** @returns its exit code; null where it was killed, or never started */
  async ended(): Promise<number | null> {
    if (this.#child && this.alive) await once(this.#child, 'exit');
    return this.#child?.exitCode ?? null;
  }

  /** Headers by which it knows who asks. */
  get shown(): Readonly<Record<string, string>> {
    return this.key === undefined ? {} : { authorization: `Bearer ${this.key}` };
  }

  /** Answers one GraphQL request over HTTP, as it came. */
  async post(query: string, variables: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Answer> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...this.shown },
      body: JSON.stringify({ query, variables }),
      ...(signal && { signal }),
    });
    return (await response.json()) as Answer;
  }

  /** Bytes that it has in memory, its model processes aside; undefined where the system does not tell. */
  async memory(): Promise<number | undefined> {
    if (!this.#child?.pid) return undefined;
    try {
      const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
      const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    } catch {
      return undefined;
    }
  }

  /** Watches its memory from now to the end of the block. Where it is more than `limit` at any moment, it is killed. */
  watchMemory(limit: number): WatchedMemory {
    return new WatchedMemory(this, limit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await removeFolder(this.folder);
  }
}

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: whatever was asked for.
  readonly data?: Record<string, any> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export class WatchedMemory implements Disposable {
  readonly #limit: number;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(server: ServerProcess, limit: number) {
    this.#limit = limit;
    this.#timer = setInterval(async () => {
      this.#peak = Math.max(this.#peak, (await server.memory()) ?? 0);
      if (this.#peak <= limit) return;
      // Before the machine has none left for others.
      clearInterval(this.#timer);
      await server.kill();
    }, memoryInterval);
  }

  /** The most so far, in bytes; 0 where the system does not tell. */
  get peak(): number {
    return this.#peak;
  }

  /** Does the work. What a server that was killed does to it is told as what it is. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } finally {
      const [peak, limit] = [megabytes(this.#peak), megabytes(this.#limit)];
      assert.ok(this.#peak <= this.#limit, `The server holds ${peak} MB; at most ${limit} MB are allowed`);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function levelOf(line: string): number {
  try {
    return Number((JSON.parse(line) as { level?: unknown }).level) || 0;
  } catch {
    return 0;
  }
}
