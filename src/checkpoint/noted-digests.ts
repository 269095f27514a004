/**
 * Digests of large files, noted beside them for the next process: to read a model of some gigabytes takes longer than to
 * answer a question about it. A note counts for a file in the very state that it had; whoever copies it has another one.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isOwnFile, ownMode } from './own-file.ts';

/** No name that a model is read from. */
const file = '.digests';
/** Bytes of a file that is read in a moment; nothing is noted of it. */
const momentary = 1 << 27;

const schema = z.record(z.string(), z.object({ state: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }));
type Notes = z.output<typeof schema>;

/** @param state as in `fingerprint.ts` @returns hex SHA-256, or undefined where there is no note of a file in this state */
export async function notedDigest(folder: string, name: string, state: string): Promise<string | undefined> {
  const noted = (await readNotes(folder))[name];
  return noted?.state === state ? noted.sha256 : undefined;
}

/** Where it cannot be written nothing is noted. */
export async function noteDigest(folder: string, name: string, state: string, sha256: string): Promise<void> {
  if (Number.parseInt(state, 10) <= momentary) return;
  const unfinished = join(folder, `${file}.${process.pid}`);
  try {
    const notes = { ...(await readNotes(folder)), [name]: { state, sha256 } };
    // Never into what is there already: it could be a link that came with the model.
    await writeFile(unfinished, `${JSON.stringify(notes, undefined, 2)}\n`, { mode: ownMode, flag: 'wx' });
    await rename(unfinished, join(folder, file));
  } catch {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}

async function readNotes(folder: string): Promise<Notes> {
  const path = join(folder, file);
  if (!(await isOwnFile(path))) return {};
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return {};
  }
}
