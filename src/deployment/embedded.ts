/** One process that does it all, on an SQLite database of its own. */
import type { Logger } from 'pino';
import type { Catalogue } from '../inference/catalogue.ts';
import type { Engine } from '../jobs/engine.ts';
import { OwnWorker } from '../jobs/own-worker.ts';
import type { Shares } from '../jobs/shares.ts';
import { LocalExecutor } from '../runs/local-executor.ts';
import { Signals } from '../runs/signals.ts';
import { openDatabase } from '../runs/sqlite/database.ts';
import { lockDatabase } from '../runs/sqlite/database-lock.ts';
import { RunStore } from '../runs/store.ts';
import type { Settings } from '../settings.ts';
import type { Deployment } from './deployment.ts';
import { openEngine } from './local-engine.ts';

export interface EmbeddedParts {
  readonly catalogue: Catalogue;
  readonly shares: Shares;
  /** For tests: in place of its own queue. */
  readonly engine?: Engine | undefined;
}

export async function openEmbedded(
  settings: Settings,
  log: Logger,
  { catalogue, shares, engine: given }: EmbeddedParts,
): Promise<Deployment> {
  await using parts = new AsyncDisposableStack();
  const lock = parts.use(await lockDatabase(settings.databaseUrl));
  const store = new RunStore(await openDatabase(settings.databaseUrl, { lock }));
  parts.defer(() => store.close());
  const engine = given ?? openEngine(settings, log, shares);
  parts.defer(() => engine.close());
  const signals = new Signals();
  const opened = parts.move();
  return {
    store,
    engine,
    executorOn: (observed) => new LocalExecutor(store, signals, observed),
    signals,
    workers: new OwnWorker({ catalogue, engine, settings }),
    // There is nobody else.
    join: async () => undefined,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
