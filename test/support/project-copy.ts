/** For tests: what the server is started from, in a folder of its own where sources may be changed. */
import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface ProjectCopy extends AsyncDisposable {
  readonly path: string;
  /** Of the server in it. */
  readonly main: string;
  /** Adds to a source. @param file `src/explorer/main.tsx` */
  append(file: string, text: string): Promise<void>;
  /** Names of the builds of the page in it, unfinished ones too. */
  builds(): Promise<string[]>;
}

export async function projectCopy(): Promise<ProjectCopy> {
  const folder = await temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  for (const name of ['src', 'prisma', 'package.json', 'package-lock.json', 'tsconfig.json'])
    await cp(join(root, name), path(name), { recursive: true });
  await symlink(join(root, 'node_modules'), path('node_modules'), 'dir');
  return {
    path: folder.path,
    main: path('src/main.ts'),
    append: async (file, text) => writeFile(path(file), `${await readFile(path(file), 'utf8')}${text}`),
    builds: () => readdir(path('dist/explorer')),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
