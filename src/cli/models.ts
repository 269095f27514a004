/** Looks after the models folder from the command line: `npm run models -- --help`. */
import { Command } from 'commander';
import { TributaryError } from '../errors.ts';
import { readSettings, type Settings } from '../settings.ts';
import { addCommand } from './models/add.ts';
import { checkCommand } from './models/check.ts';
import { initCommand } from './models/init.ts';
import { listCommand } from './models/list.ts';
import { removeCommand } from './models/remove.ts';

try {
  const { modelsDir, threads } = settings();
  await new Command('npm run models --')
    .description(
      `Looks after the models that Tributary runs: folders in ${modelsDir}\n(MODELS_DIR in the environment names another). A running server sees what changes at once.`,
    )
    .helpCommand('help [command]', 'say what a command does and takes')
    .addCommand(listCommand(modelsDir))
    .addCommand(addCommand(modelsDir))
    .addCommand(initCommand(modelsDir))
    .addCommand(checkCommand(modelsDir, threads))
    .addCommand(removeCommand(modelsDir))
    .parseAsync();
} catch (error) {
  // What the user can do something about is one line; all else is a fault of ours, with its stack.
  console.error(error instanceof TributaryError ? error.message : error);
  process.exitCode = 1;
}

function settings(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
