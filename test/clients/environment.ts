/** Virtual environments of Python, with pinned packages; kept, so that no registry is asked for what is there already. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const caches = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

/** @returns the folder of its programs; or, as `reason`, why there can be none here */
export async function environmentOf(
  name: string,
): Promise<{ readonly programs: string } | { readonly reason: string }> {
  const requirements = fileURLToPath(new URL(`${name}.txt`, import.meta.url));
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  const folder = join(caches, `python-${name}-${hash.slice(0, 12)}`);
  const programs = join(folder, 'bin');
  const done = join(folder, 'done');
  if (existsSync(done)) return { programs };
  try {
    await rm(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder]);
    await run(join(programs, 'pip'), ['install', '--quiet', '--only-binary=:all:', '--requirement', requirements]);
  } catch (error) {
    const [line] = String((error as { stderr?: string }).stderr || error)
      .trim()
      .split('\n')
      .slice(-1);
    return { reason: `python3 with venv and the packages of ${name}.txt cannot be had: ${line}` };
  }
  await writeFile(done, '');
  return { programs };
}
