/** Files that were noted here: nothing is believed of one that is a link, or that another user could have written. */
import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';

/** Only its owner writes it. */
export const ownMode = 0o644;

export async function isOwnFile(path: string): Promise<boolean> {
  const state = await lstat(path).catch(() => undefined);
  return state?.isFile() === true && !othersWrite(state);
}

/** Where a system has no users, its modes mean nothing. */
function othersWrite({ uid, mode }: Stats): boolean {
  const own = process.getuid?.();
  return own !== undefined && (![own, 0].includes(uid) || (mode & 0o022) !== 0);
}
