/** A process that builds the page and ends: `node vite.ts <root of the project> <folder for the build>`. */
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const [root = '', outDir = ''] = process.argv.slice(2);

/** What rolldown adds to an error: each fault with a drawing of where it is. */
interface BuildError {
  readonly message: string;
  readonly errors?: readonly { readonly message: string }[];
}

try {
  const { build } = await import('vite');
  await build({
    configFile: join(root, 'src/explorer/vite.config.ts'),
    configLoader: 'native',
    logLevel: 'silent',
    build: { outDir },
  });
} catch (error) {
  const { message, errors: [first] = [] } = error as BuildError;
  const told = stripVTControlCharacters(first?.message ?? message);
  const [fault = ''] = told.split('\n');
  const [, place] = /(\S+\.\w+:\d+):\d+/.exec(told) ?? [];
  process.stderr.write(place ? `${fault} (${place})` : fault);
  process.exitCode = 1;
}
