/** Files that the system does not give: no word on what is in them, so it is not remembered, see `Catalogue`. */
import { getSystemErrorMessage } from 'node:util';
import { TributaryError } from '../errors.ts';
import { faulty } from './faulty.ts';

/** @param error of the system; `fault` says what it kept from being done */
export function unreadable(path: string, error: Error, fault = 'cannot be read'): TributaryError {
  if (isExhausted(error)) {
    const message = 'The server has too many files open; ask again when it has less to do';
    return new TributaryError('OVER_CAPACITY', message, {}, { cause: error });
  }
  return faulty(path, `${fault}: ${reasonOf(error)}`, { cause: error });
}

/** The message of an error of the system has the whole path. */
function reasonOf({ name, code = name, errno }: NodeJS.ErrnoException): string {
  return errno === undefined ? code : `${code}: ${getSystemErrorMessage(errno)}`;
}

/** Whether too many files are open, by the process or on the whole machine: no fault of any of them. */
export function isExhausted({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EMFILE' || code === 'ENFILE';
}

/** Whether an error came of reading, not of what was read. */
export function isUnreadable(error: unknown): boolean {
  const { errno, cause } = error as NodeJS.ErrnoException;
  return (errno ?? (cause as NodeJS.ErrnoException | undefined)?.errno) !== undefined;
}

/** @returns undefined when there is no such file @throws TributaryError CHECKPOINT when the system does not tell */
export async function ifThere<Value>(path: string, read: (path: string) => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, error as Error);
  }
}
