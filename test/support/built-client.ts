/** For tests: the typed client as people have it, built into a folder of their own, with what its package.json names and nothing else. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Of TypeScript. */
export const compiler = join(root, 'node_modules/typescript/bin/tsc');

/** @param folder a package that can import `tributary-client` from then on */
export async function buildClient(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  const built = join(modules, 'tributary-client');
  await mkdir(join(modules, '@graphql-typed-document-node'), { recursive: true });
  await promisify(execFile)(process.execPath, [
    compiler,
    '-p',
    join(root, 'src/client/tsconfig.json'),
    '--outDir',
    built,
  ]);
  await copyFile(join(root, 'src/client/package.json'), join(built, 'package.json'));
  await copyFile(join(root, 'src/client/generated/persisted-documents.json'), join(built, 'trusted-documents.json'));
  for (const name of ['graphql', 'graphql-ws', '@graphql-typed-document-node/core'])
    await symlink(join(root, 'node_modules', name), join(modules, name));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
}
