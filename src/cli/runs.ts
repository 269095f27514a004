/** Looks after stored runs from the command line: `npm run runs -- --help`. */
import { Command } from 'commander';
import { withoutPassword } from '../database-url.ts';
import { TributaryError } from '../errors.ts';
import { backupCommand } from './runs/backup.ts';
import { exportCommand } from './runs/export.ts';
import { importCommand } from './runs/import.ts';
import { listCommand } from './runs/list.ts';
import { pruneCommand } from './runs/prune.ts';
import { verifyCommand } from './runs/verify.ts';
import { settings } from './settings.ts';

try {
  const { databaseUrl, modelsDir, followLinks } = settings();
  await new Command('npm run runs --')
    .description(
      `Takes runs along, brings them back, and looks after them where they are stored: ${withoutPassword(databaseUrl)}\n(DATABASE_URL in the environment names another).`,
    )
    .helpCommand('help [command]', 'say what a command does and takes')
    .addCommand(listCommand(databaseUrl))
    .addCommand(exportCommand(databaseUrl, modelsDir, { followLinks }))
    .addCommand(importCommand(databaseUrl))
    .addCommand(pruneCommand(databaseUrl))
    .addCommand(verifyCommand(databaseUrl))
    .addCommand(backupCommand(databaseUrl))
    .parseAsync();
} catch (error) {
  // What is wrong with a database or a file is one line; all else is a fault of ours, with its stack.
  const { name, message } = error as Error;
  console.error(error instanceof TributaryError || name === 'Error' ? message : error);
  process.exitCode = 1;
}
