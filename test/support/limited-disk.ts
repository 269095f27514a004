/** For tests: databases on a disk that fills up, and has room again when the test says so. */
import { mock } from 'node:test';
import { SqliteAdapter } from '../../src/runs/sqlite/sqlite-adapter.ts';
import type { RunStore } from '../../src/runs/store.ts';
import { started } from './scripted-engine.ts';

const mostPages = 4_294_967_294;

export class LimitedDisk implements Disposable {
  readonly #opening: { readonly mock: { restore(): void } };
  #full = false;

  /**
   * Of databases that are opened from now on. SQLite itself refuses to grow them, as where a disk is full. The limit is
   * one of a connection, and a transaction that meets it may give its connection up: so it is set before each statement.
   */
  constructor() {
    const limit = () => `PRAGMA max_page_count = ${this.#full ? 1 : mostPages}`;
    const { createClient } = SqliteAdapter.prototype;
    this.#opening = mock.method(
      SqliteAdapter.prototype,
      'createClient',
      function (this: SqliteAdapter, config: Parameters<typeof createClient>[0]) {
        const client = createClient.call(this, config);
        const execute = client.execute.bind(client);
        client.execute = async (statement: Parameters<typeof execute>[0]) => {
          await execute(limit());
          return execute(statement);
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

  [Symbol.dispose](): void {
    this.#opening.mock.restore();
  }
}
