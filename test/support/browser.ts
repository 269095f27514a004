/**
 * A real browser for tests of pages: a Chrome or Chromium that is installed, else the one that `@sparticuz/chromium`
 * brings (Linux on x64). It starts with a fresh profile, and finds no host but this machine.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';
import project from '../../package.json' with { type: 'json' };

/** Where the one that is brought along is unpacked to: a folder of its own for each version, which is not published. */
const caches = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

const options = {
  // Root may not make the sandbox.
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  ],
  timeout: 120_000,
};

/** A browser; or, as a text, why there is none. */
export async function openBrowser(): Promise<Browser | string> {
  const reasons: string[] = [];
  for (const executable of [installed, unpacked]) {
    try {
      const executablePath = await executable();
      return await playwright.launch({ ...options, executablePath });
    } catch (error) {
      reasons.push((error as Error).message.split('\n')[0] as string);
    }
  }
  return `no browser starts: ${reasons.join('; ')}`;
}

async function installed(): Promise<string> {
  const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .concat('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome')
    .find((path) => existsSync(path));
  if (!found) throw new Error(`none of ${names.join(', ')} is installed`);
  return found;
}

/** Another process may unpack it at the same time: whoever is done first has its folder named. */
async function unpacked(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('@sparticuz/chromium is for Linux on x64 alone');
  const folder = join(caches, `chromium-${project.devDependencies['@sparticuz/chromium']}`);
  if (existsSync(folder)) return join(folder, 'chromium');
  await mkdir(caches, { recursive: true });
  const own = await mkdtemp(join(caches, 'unpacking-'));
  // It unpacks into the folder for temporary files, and takes what lies there already for whole.
  const { TMPDIR } = process.env;
  process.env.TMPDIR = own;
  try {
    await chromium.executablePath();
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
  await rename(own, folder).catch(() => rm(own, { recursive: true }));
  return join(folder, 'chromium');
}
