/** Looks after API keys from the command line: `npm run keys -- --help`. */
import { Command } from 'commander';
import { TributaryError } from '../errors.ts';
import { addCommand } from './keys/add.ts';
import { listCommand } from './keys/list.ts';
import { revokeCommand } from './keys/revoke.ts';
import { settings } from './settings.ts';

try {
  const { databaseUrl } = settings();
  await new Command('npm run keys --')
    .description(
      `Makes and revokes the API keys that a server asks for with AUTH=keys, in the database ${databaseUrl}\n(DATABASE_URL in the environment names another). A server may be running on it.`,
    )
    .helpCommand('help [command]', 'say what a command does and takes')
    .addCommand(addCommand(databaseUrl))
    .addCommand(listCommand(databaseUrl))
    .addCommand(revokeCommand(databaseUrl))
    .parseAsync();
} catch (error) {
  // What is wrong with a database or an option is one line; all else is a fault of ours, with its stack.
  const { name, message } = error as Error;
  console.error(error instanceof TributaryError || name === 'Error' ? message : error);
  process.exitCode = 1;
}
