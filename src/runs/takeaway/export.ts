/** Reads the runs that a filter admits, to be written into files: few at a time, however many there are. */
import { setImmediate } from 'node:timers/promises';
import { everybody } from '../access.ts';
import type { RunFilter } from '../run-filter.ts';
import type { RunStore } from '../store.ts';
import { isOver, type RunRecord, type RunStatus, runStatuses } from '../types.ts';
import type { StoredRun, Wanted } from './stored-run.ts';

/** Runs that are looked up at once, and bytes of those that are read at once. */
const pageSize = 100;
const mostBytes = 4_000_000;

const ended = runStatuses.filter(isOver);

export interface Exporting {
  readonly wanted?: Wanted;
  /** Ways to be over; absent: any. */
  readonly statuses?: readonly RunStatus[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs that are over, in the order in which they were asked for, up to the last one that is there when it begins. Pages begin behind
 * an id: what comes and goes meanwhile moves none of the others.
 * @throws Error where the experiment that they are of is renamed or deleted meanwhile: what is there by then is not all
 */
export async function* storedRuns(
  store: RunStore,
  filter: RunFilter,
  { wanted, statuses = ended, signal }: Exporting = {},
): AsyncGenerator<StoredRun, void> {
  const over = { ...filter, statuses: statuses.filter((status) => filter.statuses?.includes(status) ?? true) };
  const named = await experimentOf(store, filter);
  const [newest] = await store.list({ limit: 1 }, over).catch(unreadable);
  if (!newest) return;
  for (let before: string | undefined; ; ) {
    const page = await store.list({ limit: pageSize, inverted: true, before }, over).catch(unreadable);
    if ((await experimentOf(store, filter)) !== named)
      throw new Error(
        `The experiment ${JSON.stringify(filter.experiment)} was renamed or deleted while its runs were read; ask for them again, by its name of now`,
      );
    const due = page.filter(({ id }) => id <= newest.id);
    for (const ids of batchesOf(due)) {
      signal?.throwIfAborted();
      yield* await store.transfer.read(ids, wanted);
      await setImmediate();
    }
    before = page.at(-1)?.id;
    if (page.length < pageSize || due.length < page.length) return;
  }
}

/** The id of the experiment that is named; undefined where none is, or there is none of that name. */
async function experimentOf(store: RunStore, filter: RunFilter): Promise<string | undefined> {
  const { experiment, experimentOwner: owner = '' } = filter;
  if (typeof experiment !== 'string') return undefined;
  return (await store.experiments.of({ ...everybody, owner }).findByName(experiment))?.id;
}

/** @throws Error that says what is to be done about a row that is no run */
function unreadable(error: unknown): never {
  if (!(error instanceof SyntaxError)) throw error;
  const message = 'A run is damaged; `npm run runs -- verify` says which, and what can be done';
  throw new Error(message, { cause: error });
}

/** Ids of runs that are read at once. */
function* batchesOf(runs: readonly RunRecord[]): Generator<string[]> {
  let [ids, bytes]: [string[], number] = [[], 0];
  for (const { id, storedBytes } of runs) {
    if (ids.length > 0 && bytes + storedBytes > mostBytes) {
      yield ids;
      [ids, bytes] = [[], 0];
    }
    ids.push(id);
    bytes += storedBytes;
  }
  if (ids.length > 0) yield ids;
}
