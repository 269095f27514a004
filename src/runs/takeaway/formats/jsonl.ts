/** JSON Lines: all that is stored of each run, to be brought back by an import. */

import type { RunStore } from '../../store.ts';
import { storedRuns } from '../export.ts';
import { headerLine } from '../header.ts';
import { lineOf } from '../line.ts';
import { faultIn } from '../soundness.ts';
import type { StoredRun } from '../stored-run.ts';
import type { Format } from './format.ts';

export const jsonl: Format = {
  ending: 'jsonl',
  mediaType: 'application/jsonl',
  description: 'all that is stored of each run, one a line; `import` brings it back',
  async *write(store, filter, { signal, onRun }) {
    yield Buffer.from(`${headerLine(new Date())}\n`);
    for await (const read of storedRuns(store, filter, { signal })) {
      const stored = await whole(store, read);
      if (!stored) continue;
      yield Buffer.from(`${lineOf(stored)}\n`);
      onRun?.(stored);
    }
  },
};

/**
 * What cannot be brought back is not taken along. One that changed while it was read is read again.
 * @returns undefined where it is deleted
 * @throws Error for one that is damaged
 */
async function whole(store: RunStore, read: StoredRun): Promise<StoredRun | undefined> {
  if (!faultIn(read)) return read;
  const [again] = await store.transfer.read([read.run.id]);
  const fault = again && faultIn(again);
  if (fault)
    throw new Error(`Run ${read.run.id} is damaged, ${fault}; \`npm run runs -- verify\` says what can be done`);
  return again;
}
