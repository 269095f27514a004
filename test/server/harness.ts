/** A server on a free port for one test file, with its own database and models folder. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Logger, pino } from 'pino';
import type { Snapshot } from '../../src/checkpoint/fingerprint.ts';
import { type RunEvent, TributaryClient } from '../../src/client/client.ts';
import { isPostgresql } from '../../src/database-url.ts';
import type { RunningWorker } from '../../src/deployment/worker.ts';
import { Gate } from '../../src/inference/gate.ts';
import type { Engine, JobOptions } from '../../src/jobs/engine.ts';
import type { JobKind } from '../../src/jobs/kinds/kind.ts';
import { JobQueue } from '../../src/jobs/queue.ts';
import { Shares } from '../../src/jobs/shares.ts';
import type { ExplorerFiles } from '../../src/server/explorer.ts';
import { type Parts, type RunningServer, startServer } from '../../src/server/server.ts';
import { readSettings, type Settings } from '../../src/settings.ts';
import { referenceFolder } from '../reference/reference.ts';
import type { Provider } from '../support/providers.ts';

export const sampleFolder = fileURLToPath(new URL('../../models/sample/', import.meta.url));

/** The queue of jobs, with a hand on the gate of every circulation, or of other kinds. */
export class WatchedQueue extends JobQueue {
  /** Names of the kinds of jobs that are watched. */
  watched: readonly string[] = ['circulation'];
  /** The gate of the watched job that was asked for last. */
  lastGate: Gate | undefined;
  /** Of all of them. */
  readonly gates: Gate[] = [];
  /** Every watched job waits before this block; −1 for none. */
  holdBefore = -1;

  override run<Request, Result, Step>(
    kind: JobKind<Request, Result, Step>,
    model: Snapshot,
    request: Request,
    options: JobOptions<Step> = {},
  ): Promise<Result> {
    if (!this.watched.includes(kind.name)) return super.run(kind, model, request, options);
    const gate = new Gate();
    gate.hold(this.holdBefore);
    this.lastGate = gate;
    this.gates.push(gate);
    return super.run(kind, model, request, { ...options, gate });
  }
}

export interface TestServer {
  readonly url: string;
  /** Of the page, where the server was given one. */
  readonly explorerUrl: string;
  readonly queue: WatchedQueue;
  readonly client: TributaryClient;
  /** Where its models lie: `sample`, `llama`, and whatever a test puts there. */
  readonly models: string;
  readonly settings: Settings;
  close(): Promise<void>;
}

/** @param provider of its database, of SQLite by itself; on PostgreSQL the queue is that of a worker beside the server */
export async function startTestServer(
  variables: Record<string, string> = {},
  log: Logger = pino({ level: 'silent' }),
  explorer?: ExplorerFiles,
  unasked?: Parts['unasked'],
  provider?: Provider,
): Promise<TestServer> {
  const { folder, models, settings, removeDatabase } = await prepare(variables, provider);
  const shares = new Shares(settings.shares);
  const queue = new WatchedQueue({
    workers: settings.workers,
    weights: settings.weights,
    threads: settings.threads,
    queue: settings.maxQueue,
    memory: settings.maxModelMemory,
    time: settings.maxRunTime,
    limitsOf: shares.of,
  });
  const server: RunningServer = await startServer(settings, log, { engine: queue, explorer, shares, unasked });
  const worker = isPostgresql(settings.databaseUrl) ? await startWorker(settings, log, queue) : undefined;
  const client = new TributaryClient(server.url, { retries: 0 });
  return {
    url: server.url,
    explorerUrl: server.explorerUrl,
    queue,
    client,
    models,
    settings,
    async close() {
      await client.close();
      await server.close();
      await worker?.close();
      await removeDatabase();
      await removeFolder(folder);
    },
  };
}

/** A server as it is, with the models of tests; its log, and its engine if it is another one, are the test's. */
export interface BareServer extends RunningServer {
  /** What is in it goes with the server. */
  readonly folder: string;
}

/** @param write is given each line of the log, from warnings on */
export async function startBareServer(
  write: (line: string) => unknown,
  { engine, variables = {} }: { readonly engine?: Engine; readonly variables?: Record<string, string> } = {},
): Promise<BareServer> {
  const { folder, settings } = await prepare(variables);
  const server = await startServer(settings, pino({ level: 'warn' }, { write: (line: string) => void write(line) }), {
    engine,
  });
  return {
    url: server.url,
    explorerUrl: server.explorerUrl,
    folder,
    async close() {
      await server.close();
      await removeFolder(folder);
    },
  };
}

/** In this process: it is loaded only where there is one. */
async function startWorker(settings: Settings, log: Logger, engine: JobQueue): Promise<RunningWorker> {
  const worker = await import('../../src/deployment/worker.ts');
  return worker.startWorker(settings, log, { engine });
}

async function prepare(variables: Record<string, string>, provider?: Provider) {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
  const models = await modelsFolder(folder);
  const database = await provider?.temporaryDatabase();
  const settings = readSettings({
    PORT: '0',
    DATABASE_URL: database?.url ?? `file:${join(folder, 'test.db')}`,
    MODELS_DIR: models,
    THREADS: '1',
    ...variables,
  });
  return { folder, models, settings, removeDatabase: async () => database?.[Symbol.asyncDispose]() };
}

/** A models folder with the sample model and a small Llama. */
export async function modelsFolder(parent: string): Promise<string> {
  const models = join(parent, 'models');
  await mkdir(models);
  await cp(sampleFolder, join(models, 'sample'), { recursive: true });
  await cp(referenceFolder('llama-grouped'), join(models, 'llama'), { recursive: true });
  return models;
}

/** SQLite's files come and go for a moment after the database is closed. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 100 });
}

export async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** The least of several durations: a delay of our own is in each of them, one of a busy machine is not. */
export async function fastest(attempts: number, measure: (attempt: number) => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts; attempt++) least = Math.min(least, await measure(attempt));
  return least;
}

/** An event without the moment and the duration, which differ between two runs of the same. */
export function untimed(event: RunEvent): object {
  const { at, elapsed, run, ...rest } = event as unknown as Record<string, unknown>;
  void [at, elapsed, run];
  return rest;
}
