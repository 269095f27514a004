/**
 * Which links in the models folder may lead out of it: those that `npm run models -- add` has made. Any other may have
 * come with a model from elsewhere, and would have a file of the machine read as one of the model's.
 */
import { readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { z } from 'zod';
import { faulty } from './faulty.ts';
import { isModelFile } from './fingerprint.ts';
import { isOwnFile, ownMode } from './own-file.ts';
import { unreadable } from './unreadable.ts';

/** In the models folder: by the names of linked models the real folders that they, and their files, lie in. */
const record = '.links.json';
const recordSchema = z.record(z.string(), z.array(z.string()));
type Links = Record<string, readonly string[]>;

/** @throws TributaryError CHECKPOINT when the model, or a file of it, lies outside and no link to there was noted */
export async function verifyLinks(models: string, name: string): Promise<void> {
  const path = join(models, name);
  const [root, folder] = await Promise.all([realFolder(models), realFolder(path)]);
  const files = await filesOf(folder);
  const outside = [{ path, folder }, ...files].filter((place) => !isWithin(root, place.folder));
  if (outside.length === 0) return;
  const links = await linksIn(models);
  const noted = (Object.hasOwn(links, name) && links[name]) || [];
  const foreign = outside.find((place) => !noted.includes(place.folder));
  if (!foreign) return;
  const right = '`npm run models -- add` makes links that are followed; FOLLOW_LINKS=true follows all';
  throw faulty(foreign.path, `is a link that leads out of the models folder; ${right}`);
}

/** Whether what a path leads to lies in the models folder. @throws TributaryError CHECKPOINT when the system does not tell */
export async function liesWithin(models: string, path: string): Promise<boolean> {
  const [root, folder] = await Promise.all([realFolder(models), realFolder(path)]);
  return isWithin(root, folder);
}

/** Has the link of this name followed, before it is made. @param folder real path of the model that it leads to */
export async function noteLink(models: string, name: string, folder: string): Promise<void> {
  const folders = (await filesOf(folder)).map((file) => file.folder);
  await write(models, { ...(await linksIn(models)), [name]: [...new Set([folder, ...folders])] });
}

/** Once the link is gone. */
export async function forgetLink(models: string, name: string): Promise<void> {
  const { [name]: forgotten, ...others } = await linksIn(models);
  if (forgotten) await write(models, others);
}

/** The folder that each file of a model really lies in. A link that leads nowhere is no file. */
async function filesOf(folder: string): Promise<{ readonly path: string; readonly folder: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw unreadable(folder, error, 'cannot be listed');
  });
  const links = entries.filter((entry) => entry.isSymbolicLink() && isModelFile(entry.name));
  const files = links.map(async ({ name }) => {
    const path = join(folder, name);
    const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw unreadable(path, error);
    });
    return real === undefined ? [] : [{ path, folder: dirname(real) }];
  });
  return (await Promise.all(files)).flat();
}

async function linksIn(models: string): Promise<Links> {
  const file = join(models, record);
  if (!(await isOwnFile(file))) return {};
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw unreadable(file, error);
  });
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    throw faulty(file, 'is none that was written here; remove it, and add the linked models anew');
  }
}

async function write(models: string, links: Links): Promise<void> {
  const file = join(models, record);
  if (Object.keys(links).length === 0) return rm(file, { force: true });
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, `${JSON.stringify(links, undefined, 2)}\n`, { mode: ownMode });
  await rename(`${file}.new`, file);
}

function realFolder(path: string): Promise<string> {
  return realpath(path).catch((error: Error) => {
    throw unreadable(path, error, 'cannot be opened');
  });
}

function isWithin(root: string, folder: string): boolean {
  return folder === root || folder.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}
