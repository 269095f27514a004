/** What the page is built from, in a word that is another one when any of it changes. */
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The lock file stands for the packages; tests are none of it. */
const patterns = ['src/{build,client,explorer}/**/*.*', 'package-lock.json', 'tsconfig.json'];

/** Whether a name may be one of `hashOfSources`. */
export function isHash(name: string): boolean {
  return /^[0-9a-f]{16}$/.test(name);
}

/**
 * Of what is in the files, not of when they were written: git writes all of a clone at once, and another branch's later.
 *
 * @param root folder of the project
 * @returns 16 hexadecimal digits
 */
export async function hashOfSources(root: string): Promise<string> {
  const paths = globSync(patterns, { cwd: root, exclude: ['**/*.test.ts'] }).sort();
  const contents = await Promise.all(paths.map((path) => readFile(join(root, path))));
  const hash = createHash('sha256');
  for (const [index, path] of paths.entries())
    hash.update(`${path.replaceAll('\\', '/')}\0${contents[index]?.length}\0`).update(contents[index] ?? '');
  return hash.digest('hex').slice(0, 16);
}
