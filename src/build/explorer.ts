/**
 * The page, built where it is not yet. Each build lies in a folder of its own, `dist/explorer/<hash of its sources>`, and has
 * that name only when it is whole: whoever finds one may use it, however many build at the same time.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { documentsFile } from './documents-file.ts';
import { hashOfSources, isHash } from './sources.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const script = fileURLToPath(new URL('./vite.ts', import.meta.url));

const unfinished = 'building-';

/** Milliseconds after which what other builds left is removed: none takes as long. */
const outdated = 600_000;

export interface ExplorerBuild {
  /** Holds `index.html` and `assets/`; undefined where there is no build at all. */
  readonly folder: string | undefined;
  /** Seconds that the build took; undefined where there was one. */
  readonly seconds?: number;
  /** Why it could not be built; the folder, if any, is that of older sources. */
  readonly fault?: string;
}

/** @param root folder of the project */
export async function builtExplorer(root = project): Promise<ExplorerBuild> {
  const start = performance.now();
  const builds = join(root, 'dist/explorer');
  try {
    const folder = join(builds, await hashOfSources(root));
    if (existsSync(folder)) return { folder };
    await build(root, builds, folder);
    await removeOutdated(builds, folder);
    return { folder, seconds: (performance.now() - start) / 1000 };
  } catch (error) {
    return { folder: await newest(builds), fault: (error as Error).message };
  }
}

/** What the page of a build asks, by hashes; nothing of one that was made before this was written down. */
export async function documentsIn(folder: string): Promise<Record<string, string>> {
  const text = await readFile(join(folder, documentsFile), 'utf8').catch(() => '{}');
  return JSON.parse(text) as Record<string, string>;
}

/** In a process of its own: Vite would leave a hundred megabytes in this one, and set NODE_ENV. */
async function build(root: string, builds: string, folder: string): Promise<void> {
  await mkdir(builds, { recursive: true });
  const own = await mkdtemp(join(builds, unfinished));
  try {
    await promisify(execFile)(process.execPath, [script, root, own]).catch(({ stderr, message }) => {
      throw new Error(stderr || message);
    });
    // A temporary folder is its maker's alone; the server may run as another user.
    await chmod(own, 0o755);
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  }
}

async function removeOutdated(builds: string, current: string): Promise<void> {
  for (const { path, changed } of await entries(builds))
    if (path !== current && changed < Date.now() - outdated)
      // One that stays does no harm.
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

async function newest(builds: string): Promise<string | undefined> {
  const whole = (await entries(builds)).filter(({ name }) => isHash(name));
  return whole.sort((a, b) => b.changed - a.changed)[0]?.path;
}

/** None where the folder is missing; without those that are removed meanwhile. */
async function entries(folder: string) {
  const names = await readdir(folder).catch((): string[] => []);
  const found = names.map(async (name) => {
    const path = join(folder, name);
    return { name, path, changed: (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.NaN };
  });
  return (await Promise.all(found)).filter(({ changed }) => !Number.isNaN(changed));
}
