/** Starts the server. */
import { statSync } from 'node:fs';
import { Command } from 'commander';
import { type Logger, pino } from 'pino';
import { builtExplorer, documentsIn } from './build/explorer.ts';
import { exposure } from './server/auth/exposed.ts';
import { logOptions } from './server/auth/secrets.ts';
import { readExplorer } from './server/explorer.ts';
import { startServer } from './server/server.ts';
import { describeSettings, readSettings } from './settings.ts';

/** Of a command that is not understood, as usual. */
const misuse = 2;

new Command('npm start')
  .description(
    `Tributary explains what happens inside a language model, live.

It serves a page to explore it at http://localhost:4000/, and GraphQL over HTTP and WebSocket, with GraphiQL, at
http://localhost:4000/graphql.`,
  )
  .usage('')
  .addHelpText('after', `\nSettings are read from the environment:\n\n${describeSettings()}`)
  .allowExcessArguments(false)
  .configureOutput({
    outputError: (message, write) =>
      write(
        `${message}Usage: npm start\nIt takes no arguments: settings are variables, as in PORT=4001 npm start. All of them: npm start -- --help\n`,
      ),
  })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : misuse))
  .parse();

/** Milliseconds after which a stop no longer waits; a second signal does not either. */
const longestStop = 15_000;

try {
  const settings = readSettings(process.env);
  const log = pino({ level: settings.logLevel, ...logOptions });
  const { explorer, pageDocuments } = await explorerFiles(log);
  const server = await startServer(settings, log, { explorer, pageDocuments });
  if (explorer) console.log(`Tributary: ${server.explorerUrl} (the explorer, in a browser)`);
  console.log(`GraphQL: ${server.url} (over HTTP and WebSocket; GraphiQL in a browser)`);
  console.log(`Models are read from ${settings.modelsDir}; stop with Ctrl-C`);
  const exposed = exposure(settings);
  if (exposed) console.warn(`WARNING: ${exposed}`);
  if (!statSync(settings.modelsDir, { throwIfNoEntry: false })?.isDirectory())
    log.warn(
      { folder: settings.modelsDir },
      'the folder of models does not exist, so there are none: make it, or let MODELS_DIR name another; `npm run models -- add` makes it too',
    );

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

/** The page, built where it is not yet; the server does without it. */
async function explorerFiles(log: Logger) {
  const { folder, seconds, fault } = await builtExplorer();
  if (seconds !== undefined) console.log(`The page was built in ${seconds.toFixed(1)} s`);
  if (fault !== undefined && folder !== undefined)
    log.warn({ fault }, 'the page could not be built from its sources as they are; the one built before is served');
  if (folder === undefined) log.error({ fault }, 'the page could not be built; GraphQL is served without it');
  if (folder === undefined) return {};
  return { explorer: await readExplorer(folder), pageDocuments: await documentsIn(folder) };
}
