/** For tests: a store on a database file of its own, removed at the end of the block. */
import { join } from 'node:path';
import type { Patience } from '../../src/runs/audience.ts';
import type { PrismaClient } from '../../src/runs/generated/client.ts';
import { RunService } from '../../src/runs/service.ts';
import { openDatabase } from '../../src/runs/sqlite/database.ts';
import { RunStore } from '../../src/runs/store.ts';
import { ScriptedEngine } from './scripted-engine.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface TemporaryRuns extends AsyncDisposable {
  /** The database's. */
  readonly url: string;
  readonly database: PrismaClient;
  readonly store: RunStore;
  readonly engine: ScriptedEngine;
  readonly runs: RunService;
  /** What the service reported as nobody's input's fault. */
  readonly faults: unknown[];
}

/** @param patience with runs that nobody reads */
export async function temporaryRuns(patience: Partial<Patience> = {}): Promise<TemporaryRuns> {
  const folder = await temporaryFolder();
  const url = `file:${join(folder.path, 'test.db')}`;
  const database = await openDatabase(url);
  const store = new RunStore(database);
  const engine = new ScriptedEngine();
  const faults: unknown[] = [];
  const runs = new RunService(store, engine, (error) => faults.push(error), { patience });
  return {
    url,
    database,
    store,
    engine,
    runs,
    faults,
    async [Symbol.asyncDispose]() {
      await runs.close();
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
