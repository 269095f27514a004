/** Starts the server. */
import { pino } from 'pino';
import { startServer } from './server/server.ts';
import { describeSettings, readSettings } from './settings.ts';

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(`Tributary explains what happens inside a language model, live.

Usage: npm start

It serves GraphQL over HTTP and WebSocket, with GraphiQL, at http://localhost:4000/graphql.
Settings are read from the environment:

${describeSettings()}`);
  process.exit();
}

/** Milliseconds after which a stop no longer waits; a second signal does not either. */
const longestStop = 15_000;

try {
  const settings = readSettings(process.env);
  const log = pino({ level: settings.logLevel });
  const server = await startServer(settings, log);
  console.log(`Tributary is listening on ${server.url} (GraphiQL in a browser, GraphQL over HTTP and WebSocket)`);
  console.log(`Models are read from ${settings.modelsDir}; stop with Ctrl-C`);

  const stop = async (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping');
    process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
    setTimeout(() => {
      log.error('open requests do not end; leaving them');
      process.exit(1);
    }, longestStop).unref();
    await server.close();
    process.exit();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  console.error(
    code === 'EADDRINUSE' ? `${message}. Is another server running? Choose another port: PORT=4001 npm start` : message,
  );
  process.exit(1);
}
