/** For tests: databases on a disk that fills up, or that can only be read, until the test says otherwise. */
import { mock } from 'node:test';
import { SqliteAdapter } from '../../src/runs/sqlite/sqlite-adapter.ts';
import type { RunStore } from '../../src/runs/store.ts';
import { started } from './scripted-engine.ts';

const mostPages = 4_294_967_294;

export class LimitedDisk implements Disposable {
  readonly #opening: { readonly mock: { restore(): void } };
  #full = false;
  #readOnly = false;

  /**
   * Of databases that are opened from now on. SQLite itself refuses to grow them, as where a disk is full, or to write
   * them. Both are of a connection, and a transaction that meets them may give its connection up: so they are set before
   * each statement.
   */
  constructor() {
    const limits = () => [`max_page_count = ${this.#full ? 1 : mostPages}`, `query_only = ${Number(this.#readOnly)}`];
    const { createClient } = SqliteAdapter.prototype;
    this.#opening = mock.method(
      SqliteAdapter.prototype,
      'createClient',
      function (this: SqliteAdapter, config: Parameters<typeof createClient>[0]) {
        const client = createClient.call(this, config);
        const execute = client.execute.bind(client);
        const executeMultiple = client.executeMultiple.bind(client);
        const set = async () => {
          for (const limit of limits()) await execute(`PRAGMA ${limit}`);
        };
        client.execute = async (statement: Parameters<typeof execute>[0]) => {
          await set();
          return execute(statement);
        };
        client.executeMultiple = async (script) => {
          await set();
          return executeMultiple(script);
        };
        return client;
      },
    );
  }

  /** Nothing takes a page more than it has. */
  limit(): void {
    this.#full = true;
  }

  /** Leaves no room in the pages that there are, not even for one small event of this run. */
  async fill(store: RunStore, runId: string): Promise<void> {
    this.limit();
    for (let room = true; room; ) {
      room = await store.append(runId, [started]).then(
        () => true,
        () => false,
      );
    }
  }

  empty(): void {
    this.#full = false;
  }

  /** Whether databases can only be read. */
  set readOnly(readOnly: boolean) {
    this.#readOnly = readOnly;
  }

  [Symbol.dispose](): void {
    this.#opening.mock.restore();
  }
}
