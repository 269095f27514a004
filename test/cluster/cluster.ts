/** For tests: servers and workers, each a process as people start it, on one PostgreSQL of their own. */
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { TributaryClient } from '../../src/client/client.ts';
import { modelsFolder, removeFolder } from '../server/harness.ts';
import { type OwnPostgres, ownPostgres } from '../support/postgres/server.ts';
import { ClusterProcess, type ProcessKind } from './process.ts';

export interface ClusterOptions {
  readonly servers?: number;
  readonly workers?: number;
  /** In place of that of `npm run worker`. */
  readonly workerProgram?: string;
  /** Settings of PostgreSQL, beside those of tests. */
  readonly postgres?: Readonly<Record<string, string>>;
  /** Of all processes, beside database, folders and ports. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface ClusterServer {
  readonly url: string;
  readonly client: TributaryClient;
  readonly process: ClusterProcess;
}

export class Cluster implements AsyncDisposable {
  /** Where all of them have their models: `sample` and `llama`, and whatever a test puts there. */
  readonly models: string;
  readonly servers: ClusterServer[] = [];
  readonly workers: ClusterProcess[] = [];
  readonly #folder: string;
  readonly #postgres: OwnPostgres;
  readonly #options: ClusterOptions;
  /** For a test that looks at what is stored. */
  #database: pg.Client | undefined;

  private constructor(folder: string, models: string, postgres: OwnPostgres, options: ClusterOptions) {
    this.#folder = folder;
    this.models = models;
    this.#postgres = postgres;
    this.#options = options;
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const { servers = 1, workers = 1, postgres } = options;
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'tributary-cluster-')));
    const cluster = new Cluster(folder, await modelsFolder(folder), await ownPostgres(postgres), options);
    try {
      // One after the other: the first one makes the tables.
      for (let index = 0; index < servers; index++) await cluster.startServer();
      await Promise.all(Array.from({ length: workers }, () => cluster.startWorker()));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get settings(): Readonly<Record<string, string>> {
    return this.#options.settings ?? {};
  }

  get databaseUrl(): string {
    return this.#postgres.url();
  }

  async startServer(settings: Readonly<Record<string, string>> = {}): Promise<ClusterServer> {
    const process = await this.#start('server', settings);
    const server = { url: process.sign, client: new TributaryClient(process.sign, { retries: 0 }), process };
    this.servers.push(server);
    return server;
  }

  async startWorker(settings: Readonly<Record<string, string>> = {}): Promise<ClusterProcess> {
    const worker = await this.#start('worker', settings);
    this.workers.push(worker);
    return worker;
  }

  /** One that is there by its place among those that were started. */
  server(index: number): ClusterServer {
    return there(this.servers[index], 'server', index);
  }

  worker(index: number): ClusterProcess {
    return there(this.workers[index], 'worker', index);
  }

  /** Without a word to anybody. Settles when it is gone. */
  async kill(process: ClusterProcess): Promise<void> {
    await process.end('SIGKILL');
  }

  /** @param how fast: sessions are ended; immediate: as if it had crashed */
  restartDatabase(how?: 'fast' | 'immediate'): Promise<void> {
    return this.#postgres.restart(how);
  }

  /** A statement on the database that all of them share. */
  async query<Row extends pg.QueryResultRow>(statement: string, values: readonly unknown[] = []): Promise<Row[]> {
    const database = await this.#connected();
    return (await database.query<Row>(statement, [...values])).rows;
  }

  /** What all of them have said, for whoever has to find out why a test fails. */
  logs(): string {
    const all = [...this.servers.map(({ process }) => process), ...this.workers];
    return all.map(({ kind, pid, said }) => `--- ${kind} ${pid}\n${said.join('\n')}`).join('\n');
  }

  /** Does the work of a test; where it fails, what the processes have said is told too. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      console.error(this.logs());
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.servers.map(({ client }) => client.close()));
    await Promise.allSettled([
      ...this.servers.map(({ process }) => process.end('SIGKILL')),
      ...this.workers.map((worker) => worker.end('SIGKILL')),
    ]);
    await this.#database?.end().catch(() => undefined);
    await this.#postgres[Symbol.asyncDispose]();
    await removeFolder(this.#folder);
  }

  /** A connection of the test's own, made anew where it was lost. */
  async #connected(): Promise<pg.Client> {
    if (this.#database) return this.#database;
    const database = new pg.Client({ connectionString: this.databaseUrl });
    database.on('error', () => {
      this.#database = undefined;
    });
    await database.connect();
    this.#database = database;
    return database;
  }

  #start(kind: ProcessKind, settings: Readonly<Record<string, string>>): Promise<ClusterProcess> {
    const variables = {
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: this.databaseUrl,
      MODELS_DIR: this.models,
      THREADS: '1',
      LOG_LEVEL: 'info',
      ...this.settings,
      ...settings,
    };
    return ClusterProcess.start(kind, variables, kind === 'worker' ? this.#options.workerProgram : undefined);
  }
}

export function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  return Cluster.start(options);
}

function there<Item>(item: Item | undefined, kind: string, index: number): Item {
  if (item === undefined) throw new Error(`There is no ${kind} ${index}`);
  return item;
}
