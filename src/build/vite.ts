/** A process that builds the page and ends: `node vite.ts <root of the project> <folder for the build>`. */
import { join } from 'node:path';

const [root = '', outDir = ''] = process.argv.slice(2);

/** What rolldown adds to an error. */
interface BuildError {
  readonly message: string;
  readonly errors?: readonly {
    readonly message: string;
    readonly loc?: { readonly file: string; readonly line: number };
  }[];
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
  const [fault = ''] = (first?.message ?? message).split('\n');
  process.stderr.write(first?.loc ? `${fault} (${first.loc.file}:${first.loc.line})` : fault);
  process.exitCode = 1;
}
