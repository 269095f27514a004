/** The queues of tasks, one a model revision: pg-boss, with what it does unasked switched off. */
import { fromPrisma, PgBoss } from 'pg-boss';
import type { Transaction } from '../runs/transactions.ts';

/** Connections of its own: nearly all that it does goes through transactions of ours. */
const connections = 2;
/** Milliseconds in which a connection has to be there, and a statement done. */
const patience = 20_000;
/** Seconds: none expires, as a worker that is lost is noticed by its lock. It is the most that pg-boss allows. */
const never = 24 * 3600;

export interface Place {
  /** The greater, the sooner. */
  readonly priority: number;
  /** Whose tasks may be passed over together. */
  readonly share: string;
  /** Seconds for which nobody takes it. */
  readonly after?: number;
}

export class JobQueues implements AsyncDisposable {
  readonly #boss: PgBoss;
  /** Queues that are known to be there. */
  readonly #made = new Map<string, Promise<void>>();

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  /** Brings the tables of pg-boss to its version, several processes at once too. @param onFault is told of lost connections, among others */
  static async open(url: string, onFault: (error: unknown) => void): Promise<JobQueues> {
    const boss = new PgBoss({
      connectionString: url,
      application_name: 'tributary-queues',
      max: connections,
      connectionTimeoutMillis: patience,
      // What pg-boss does by itself are small statements: one that takes longer will not be answered.
      options: `-c statement_timeout=${patience} -c tcp_user_timeout=${patience}`,
      supervise: false,
      schedule: false,
      registerInstance: false,
      monitorVacuum: false,
      reindex: false,
    });
    // Without a listener the event would end the process.
    boss.on('error', onFault);
    await boss.start();
    return new JobQueues(boss);
  }

  /** Has to be called before a task of the revision is put or taken. */
  make(revision: string): Promise<void> {
    const known = this.#made.get(revision);
    if (known) return known;
    const made = this.#boss.createQueue(nameOf(revision), { retryLimit: 0, expireInSeconds: never });
    this.#made.set(revision, made);
    // One that failed is tried again.
    made.catch(() => this.#made.delete(revision));
    return made;
  }

  /** Puts a task behind those that wait. */
  async put(
    transaction: Transaction,
    revision: string,
    id: string,
    { priority, share, after = 0 }: Place,
  ): Promise<void> {
    const group = { id: groupOf(share) };
    const options = { id, priority, group, ...(after > 0 && { startAfter: after }), db: fromPrisma(transaction) };
    await this.#boss.send(nameOf(revision), null, options);
  }

  /** @param passed shares that are passed over @returns the id of the task whose turn it is; undefined where none waits */
  async take(transaction: Transaction, revision: string, passed: readonly string[]): Promise<string | undefined> {
    const [job] = await this.#boss.fetch(nameOf(revision), {
      batchSize: 1,
      ignoreGroups: passed.map(groupOf),
      db: fromPrisma(transaction),
    });
    return job?.id;
  }

  async remove(transaction: Transaction, revision: string, id: string): Promise<void> {
    await this.#boss.deleteJob(nameOf(revision), id, { db: fromPrisma(transaction) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }
}

/** It may be empty, which the name of a group may not. */
function groupOf(share: string): string {
  return `share ${share}`;
}

function nameOf(revision: string): string {
  return `model-${revision}`;
}
