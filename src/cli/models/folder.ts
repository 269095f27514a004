/** Places in the models folder. */
import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TributaryError } from '../../errors.ts';

/** @throws TributaryError CHECKPOINT unless it is a folder's name, or two of them as in `openai-community/gpt2` */
export function verifyName(name: string): void {
  if (/^\w[\w.-]*(\/\w[\w.-]*)?$/.test(name)) return;
  const right = 'letters, digits, -, _ and ., with one / at most, as in openai-community/gpt2';
  throw new TributaryError('CHECKPOINT', `${JSON.stringify(name)} is no model's name; one has ${right}`);
}

/** @throws TributaryError CHECKPOINT when there is anything */
export async function expectFree(target: string): Promise<void> {
  if (await lstat(target).catch(() => undefined))
    throw new TributaryError('CHECKPOINT', `${target} is there already; remove it first, or choose another name`);
}

/** A path as the caller means it: npm runs scripts in the project's folder, wherever it was called. */
export function fromCaller(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path);
}
