/** Servers and workers on one PostgreSQL that keeps what it has acknowledged, and the jobs that the bench asks of them. */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../../cluster/cluster.ts';
import { startCluster } from '../../cluster/cluster.ts';
import type { ClusterProcess } from '../../cluster/process.ts';

/** Of tests' PostgreSQL they are off. */
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
/** Milliseconds after which a worker is not waited for. */
const patience = 60_000;

export interface PacedOptions {
  readonly servers: number;
  readonly workers: number;
  /** Jobs that each worker computes at once. */
  readonly places: number;
  /** Milliseconds between two tokens of a job. */
  readonly pace: number;
}

/** Of a run that was asked for. */
export interface Submitted {
  readonly id: string;
  /** Of `Date.now()`: before it was stored. */
  readonly at: number;
  /** Milliseconds from the request to the answer. */
  readonly took: number;
}

/** What a worker said of a job. */
export interface Told {
  readonly worker: ClusterProcess;
  readonly at: number;
}

export class PacedCluster implements AsyncDisposable {
  readonly #cluster: Cluster;
  #asked = 0;

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  static async start({ servers, workers, places, pace }: PacedOptions): Promise<PacedCluster> {
    const cluster = await startCluster({
      servers,
      workers,
      workerProgram: fileURLToPath(new URL('./worker.ts', import.meta.url)),
      postgres: durable,
      settings: { WORKERS: String(places), PACE: String(pace), LOG_LEVEL: 'warn', LEAVE_GRACE: '600' },
    });
    return new PacedCluster(cluster);
  }

  get urls(): string[] {
    return this.#cluster.servers.map(({ url }) => url);
  }

  /** Has the jobs go as fast as they can from now on. */
  release(): void {
    for (const worker of this.#cluster.workers) worker.signal('SIGUSR2');
  }

  /** Asks one of the servers for a run that nobody has asked for. */
  async submit(tokens: number, server = 0): Promise<Submitted> {
    const number = this.#asked++;
    const prompt = { tokenIds: [20 + (number % 1000), 20 + Math.floor(number / 1000), 300, 301] };
    const began = performance.now();
    const { run } = await this.#ask<{ run: { id: string; createdAt: string } }>(
      server,
      `mutation ($input: GenerationInput!) { asked: startGeneration(input: $input, explained: false) {
        ... on RunPayload { run { id createdAt } } ... on Error { message }
      } }`,
      { input: { model: 'sample', prompt, maxTokens: tokens, stop: { endOfText: false } } },
    );
    return { id: run.id, at: Date.parse(run.createdAt), took: performance.now() - began };
  }

  async cancel(id: string, server: number): Promise<void> {
    const query =
      'mutation ($id: ID!) { asked: cancelRun(id: $id) { ... on RunPayload { run { id } } ... on Error { message } } }';
    await this.#ask(server, query, { id });
  }

  /** Lines that workers have said so far; to be given to `told`. */
  mark(): ReadonlyMap<ClusterProcess, number> {
    return new Map(this.#cluster.workers.map((worker) => [worker, worker.said.length]));
  }

  /** What one of them says first from a mark on. */
  async told(what: 'began' | 'ended', mark: ReadonlyMap<ClusterProcess, number>): Promise<Told> {
    const until = performance.now() + patience;
    while (performance.now() < until) {
      for (const worker of this.#cluster.workers) {
        const line = worker.said.slice(mark.get(worker) ?? 0).find((one) => one.startsWith(`${what} `));
        if (line) return { worker, at: Number(line.slice(what.length)) };
      }
      await pause(1);
    }
    throw new Error(`No worker told that a job ${what}:\n${this.#cluster.logs()}`);
  }

  /** Without a word to anybody; another one is started in its place. @returns `Date.now()` of that moment, before `then` */
  async kill<Result>(worker: ClusterProcess, then: (at: number) => Promise<Result>): Promise<Result> {
    const at = Date.now();
    worker.signal('SIGKILL');
    const result = await then(at);
    await worker.end('SIGKILL');
    (await this.#cluster.startWorker()).signal('SIGUSR2');
    return result;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cluster[Symbol.asyncDispose]();
  }

  async #ask<Answer>(server: number, query: string, variables: object): Promise<Answer> {
    const response = await fetch(this.#cluster.server(server).url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as {
      data?: { asked: Answer & { message?: string } };
      errors?: unknown;
    };
    if (!data || data.asked.message !== undefined) throw new Error(data?.asked.message ?? JSON.stringify(errors));
    return data.asked;
  }
}
