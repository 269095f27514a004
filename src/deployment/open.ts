/** Which deployment a server is of. */
import type { Logger } from 'pino';
import { isPostgresql } from '../database-url.ts';
import type { Engine } from '../jobs/engine.ts';
import type { Settings } from '../settings.ts';
import type { Deployment } from './deployment.ts';

/** By where DATABASE_URL leads: a file is of one process, PostgreSQL of as many as there are. @param engine for tests: in place of one's own */
export async function openDeployment(settings: Settings, log: Logger, engine?: Engine): Promise<Deployment> {
  // What the other one needs is not loaded.
  if (!isPostgresql(settings.databaseUrl)) {
    const { openEmbedded } = await import('./embedded.ts');
    return openEmbedded(settings, log, engine);
  }
  const { openDistributed } = await import('./distributed.ts');
  return openDistributed(settings, log);
}
