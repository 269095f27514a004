/** For tests: a store in a database of its own, removed at the end of the block. */
import type { Patience } from '../../src/runs/audience.ts';
import type { Dialect } from '../../src/runs/dialect.ts';
import type { PrismaClient } from '../../src/runs/generated/client.ts';
import { openStore } from '../../src/runs/open.ts';
import { RunService } from '../../src/runs/service.ts';
import { RunStore } from '../../src/runs/store.ts';
import { type Provider, sqlite } from './providers.ts';
import { ScriptedEngine } from './scripted-engine.ts';

export interface TemporaryRuns extends AsyncDisposable {
  /** The database's. */
  readonly url: string;
  readonly database: PrismaClient;
  readonly dialect: Dialect;
  readonly store: RunStore;
  /** Another store of the same runs. @param now its clock */
  storeOn(client: PrismaClient, now?: () => Date): RunStore;
  readonly engine: ScriptedEngine;
  readonly runs: RunService;
  /** What the service reported as nobody's input's fault. */
  readonly faults: unknown[];
}

/** @param patience with runs that nobody reads */
export async function temporaryRuns(
  patience: Partial<Patience> = {},
  provider: Provider = sqlite,
): Promise<TemporaryRuns> {
  const own = await provider.temporaryDatabase();
  const { url } = own;
  const { database, dialect } = await openStore(url);
  const storeOn = (client: PrismaClient, now?: () => Date) => new RunStore(client, now, undefined, { dialect });
  const store = storeOn(database);
  const engine = new ScriptedEngine();
  const faults: unknown[] = [];
  const runs = new RunService(store, engine, (error) => faults.push(error), { patience });
  return {
    url,
    database,
    dialect,
    store,
    storeOn,
    engine,
    runs,
    faults,
    async [Symbol.asyncDispose]() {
      await runs.close();
      await store.close();
      await own[Symbol.asyncDispose]();
    },
  };
}
