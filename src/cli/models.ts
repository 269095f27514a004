/** Looks after the models folder from the command line: `npm run models -- --help`. */
import { Command } from 'commander';
import { TributaryError } from '../errors.ts';
import { addCommand } from './models/add.ts';
import { checkCommand } from './models/check.ts';
import { initCommand } from './models/init.ts';
import { listCommand } from './models/list.ts';
import { removeCommand } from './models/remove.ts';
import { settings } from './settings.ts';

try {
  const { modelsDir, threads, followLinks } = settings();
  const links = { followLinks };
  await new Command('npm run models --')
    .description(
      `Looks after the models that Tributary runs: folders in ${modelsDir}\n(MODELS_DIR in the environment names another). A running server sees what changes at once.`,
    )
    .helpCommand('help [command]', 'say what a command does and takes')
    .addCommand(listCommand(modelsDir, links))
    .addCommand(addCommand(modelsDir))
    .addCommand(initCommand(modelsDir))
    .addCommand(checkCommand(modelsDir, threads, links))
    .addCommand(removeCommand(modelsDir, links))
    .parseAsync();
} catch (error) {
  // What the user can do something about is one line; all else is a fault of ours, with its stack.
  console.error(error instanceof TributaryError ? [error.message, causeOf(error)].join('') : error);
  process.exitCode = 1;
}

/** Paths, which messages leave out: clients read them too. */
function causeOf({ cause }: TributaryError): string {
  return cause instanceof Error ? `\n${cause.message}` : '';
}
