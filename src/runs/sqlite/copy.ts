/** A copy of a database as it is at one moment, whoever writes it meanwhile. */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pathOf } from './database.ts';

const program = fileURLToPath(new URL('copy-main.ts', import.meta.url));

/** Milliseconds between two looks at how far the copy is. */
const lookPeriod = 200;

export interface Copying {
  readonly signal?: AbortSignal | undefined;
  /** Is told how many bytes the copy has. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Writes and verifies the copy. SQLite does that in one go, and so in a process of its own.
 * @param url as of `openDatabase`
 * @param to a path of which there is nothing; what is there when it fails is not whole
 * @throws Error that says what SQLite did
 */
export async function copyDatabase(url: string, to: string, { signal, onProgress }: Copying = {}): Promise<void> {
  const looking = setInterval(() => {
    stat(to).then(
      ({ size }) => onProgress?.(size),
      () => undefined,
    );
  }, lookPeriod);
  try {
    await promisify(execFile)(process.execPath, [program, pathOf(url), to], { signal, killSignal: 'SIGKILL' });
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr = '' } = error as { stderr?: string };
    const [, reason] = stderr.match(/^(?:\w*Error: )(.*)$/m) ?? [];
    throw new Error(`The database cannot be copied: ${reason ?? (error as Error).message}`, { cause: error });
  } finally {
    clearInterval(looking);
  }
}
