/** Tells whether a checkpoint on disk is still the one that a question was asked about. */
import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TributaryError } from '../errors.ts';
import { faulty } from './faulty.ts';
import { ifThere, unreadable } from './unreadable.ts';

/** A checkpoint's files as they were at one moment. */
export interface Snapshot {
  /** Real path. */
  readonly folder: string;
  /** See `fingerprintOf`. */
  readonly fingerprint: string;
}

/** Where a checkpoint may have its chat template, beside what its JSON files hold. */
export const chatTemplateFile = 'chat_template.jinja';

/** Whether a model may be read from a file of this name. */
export function isModelFile(name: string): boolean {
  return name.endsWith('.json') || name.endsWith('.safetensors') || name === chatTemplateFile;
}

/** Of every file that a model is read from its name and its state, see `statesIn`. */
export async function fingerprintOf(folder: string): Promise<string> {
  const present = await readdir(folder).catch((error: Error) => {
    throw unreadable(folder, error, 'cannot be listed');
  });
  const files = present.filter(isModelFile).sort();
  const states = files.map(async (name) => {
    const stats = await ifThere(join(folder, name), (path) => stat(path, { bigint: true }));
    return stats ? [[name, stateOf(stats)]] : [];
  });
  return JSON.stringify((await Promise.all(states)).flat());
}

/** By the names of the files. */
export function statesIn(fingerprint: string): ReadonlyMap<string, string> {
  return new Map(JSON.parse(fingerprint) as [string, string][]);
}

/** With the time of the last change of any kind: a file may be put in the place of another with the times of that one. */
export function stateOf({ size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ctimeNs}`;
}

/** @throws TributaryError CHECKPOINT when the files are others by now */
export async function verifyUnchanged({ folder, fingerprint }: Snapshot): Promise<void> {
  if ((await fingerprintOf(folder)) !== fingerprint) throw hasChanged(folder);
}

export function hasChanged(path: string): TributaryError {
  return faulty(
    path,
    'has changed since the question was asked; ask again for an answer from the files as they are now',
  );
}
