/** Which deployment a server is of. */
import type { Logger } from 'pino';
import { isPostgresql } from '../database-url.ts';
import type { Settings } from '../settings.ts';
import type { Deployment } from './deployment.ts';
import type { EmbeddedParts } from './embedded.ts';

/** By where DATABASE_URL leads: a file is of one process, PostgreSQL of as many as there are. */
export async function openDeployment(settings: Settings, log: Logger, parts: EmbeddedParts): Promise<Deployment> {
  // What the other one needs is not loaded.
  if (!isPostgresql(settings.databaseUrl)) {
    const { openEmbedded } = await import('./embedded.ts');
    return openEmbedded(settings, log, parts);
  }
  const { openDistributed } = await import('./distributed.ts');
  return openDistributed(settings, log, parts);
}
