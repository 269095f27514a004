/** Starts a worker. */
import { Command } from 'commander';
import { pino } from 'pino';
import { isPostgresql, withoutPassword } from './database-url.ts';
import { startWorker } from './deployment/worker.ts';
import { observedBy } from './server/observed-worker.ts';
import { describeSettings, readSettings } from './settings.ts';

/** Of a command that is not understood, as usual. */
const misuse = 2;

new Command('npm run worker')
  .description(
    `A worker computes what the servers ask that share its PostgreSQL database, with the models that lie in its
own MODELS_DIR. Several may run, on several machines; each may come and go at any time.`,
  )
  .usage('')
  .addHelpText('after', `\nSettings are read from the environment, as of a server:\n\n${describeSettings()}`)
  .allowExcessArguments(false)
  .configureOutput({
    outputError: (message, write) =>
      write(
        `${message}Usage: npm run worker\nIt takes no arguments: settings are variables, as in DATABASE_URL=postgres://… npm run worker. All of them: npm run worker -- --help\n`,
      ),
  })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : misuse))
  .parse();

/** Milliseconds after which a stop no longer waits; a second signal does not either. */
const longestStop = 15_000;

try {
  const settings = readSettings(process.env);
  if (!isPostgresql(settings.databaseUrl))
    throw new Error(
      'A worker needs the PostgreSQL database that its servers have: DATABASE_URL=postgres://user:password@host:5432/tributary npm run worker. A server on an SQLite file computes by itself',
    );
  const log = pino({ level: settings.logLevel });
  const worker = await startWorker(settings, log, { observe: observedBy(settings, log) });
  console.log(`Worker ${worker.id} on ${withoutPassword(settings.databaseUrl)}`);
  console.log(
    `Models are read from ${settings.modelsDir} (${worker.models.join(', ') || 'there are none yet'}); stop with Ctrl-C`,
  );

  const stop = async (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping; what is under way goes to other workers');
    process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
    setTimeout(() => {
      log.error('what is under way does not end; leaving it');
      process.exit(1);
    }, longestStop).unref();
    await worker.close();
    process.exit();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
