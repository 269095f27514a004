/** Brings the runs of a file into the database: each as a whole or not at all, and the others in spite of it. */
import { setImmediate } from 'node:timers/promises';
import { inputError } from '../../errors.ts';
import type { RunStore } from '../store.ts';
import { verifyHeader } from './header.ts';
import { runIn } from './line.ts';
import { type Line, linesOf } from './lines.ts';
import type { StoredRun } from './stored-run.ts';

/** Runs that are stored in one transaction, and their bytes. */
const mostPut = 50;
const mostBytes = 4_000_000;
/** Lines that are told of one by one. */
const mostTold = 100;

export interface RefusedLine {
  readonly line: number;
  readonly message: string;
}

export interface ImportReport {
  /** Runs that were stored. */
  readonly imported: number;
  /** Runs that were there before, and stay as they were. */
  readonly there: number;
  /** The first lines that were not taken, and how many there are of them. */
  readonly refused: readonly RefusedLine[];
  readonly refusedCount: number;
}

export interface Importing {
  /** What is stored by then stays; the same file goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** Is told how far it is. */
  readonly onProgress?: ((report: ImportReport) => void) | undefined;
  /** Whose the runs are from then on; absent: nobody's. */
  readonly owner?: string | undefined;
}

/**
 * @param pieces of a file as `headerLine` and `lineOf` write it
 * @throws TributaryError INPUT for a file of another kind, of which nothing is stored; OVER_CAPACITY where the storage fails
 */
export async function importRuns(
  store: RunStore,
  pieces: AsyncIterable<Uint8Array>,
  { signal, onProgress, owner }: Importing = {},
): Promise<ImportReport> {
  const tally = new Tally();
  let batch: { readonly line: number; readonly stored: StoredRun }[] = [];
  let bytes = 0;
  const put = async () => {
    const outcomes = await store.transfer.put(
      batch.map(({ stored }) => stored),
      owner,
    );
    for (const [index, { line, stored }] of batch.entries()) {
      if (outcomes[index]?.how === 'PUT') tally.imported++;
      else if (outcomes[index]?.how === 'THERE') tally.there++;
      else tally.refuse(line, `another run has the id ${stored.run.id} here`);
    }
    [batch, bytes] = [[], 0];
    onProgress?.(tally.report);
  };
  let begun = false;
  for await (const line of linesOf(pieces)) {
    signal?.throwIfAborted();
    if (!begun) {
      verifyHeader(line.text ?? '');
      begun = true;
      continue;
    }
    const read = readLine(line);
    if (typeof read === 'string') tally.refuse(line.number, read);
    else {
      batch.push({ line: line.number, stored: read });
      bytes += line.text?.length ?? 0;
    }
    if (batch.length >= mostPut || bytes >= mostBytes) await put();
    // Lines that are refused are read in the thread that serves everybody.
    else await setImmediate();
  }
  if (!begun) throw inputError('header', 'The file is empty');
  await put();
  return tally.report;
}

class Tally {
  imported = 0;
  there = 0;
  readonly #refused: RefusedLine[] = [];
  #refusedCount = 0;

  get report(): ImportReport {
    const { imported, there } = this;
    return { imported, there, refused: [...this.#refused], refusedCount: this.#refusedCount };
  }

  refuse(line: number, message: string): void {
    this.#refusedCount++;
    if (this.#refused.length < mostTold) this.#refused.push({ line, message });
  }
}

/** @returns what is wrong where it is no run */
function readLine({ text, fault, ended }: Line): StoredRun | string {
  if (text === undefined) return fault as string;
  try {
    return runIn(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) return (error as Error).message;
    return ended ? 'it is no JSON' : 'the file ends in the midst of it; the rest of the file is missing';
  }
}
