/** The server that runs already, or one for the time of the demo. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { TributaryClient } from '../client/client.ts';
import { ModelsDocument } from '../client/generated/graphql.ts';
import { startServer } from '../server/server.ts';
import type { Settings } from '../settings.ts';
import { dim } from './paint.ts';

interface ServerAtHand extends AsyncDisposable {
  readonly url: string;
}

export async function runningServer(settings: Settings): Promise<ServerAtHand> {
  const url = `http://localhost:${settings.port}/graphql`;
  // Whatever else may listen there does not answer this.
  const running = await new TributaryClient(url).request(ModelsDocument, {}).then(
    () => true,
    () => false,
  );
  if (running) return { url, [Symbol.asyncDispose]: async () => undefined };
  console.log(dim('No server is running; starting one for this demo …\n'));
  const folder = await mkdtemp(join(tmpdir(), 'tributary-demo-'));
  const databaseUrl = `file:${join(folder, 'demo.db')}`;
  const server = await startServer({ ...settings, port: 0, databaseUrl }, pino({ level: 'silent' }));
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.close();
      // SQLite's files come and go for a moment after the database is closed.
      await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
