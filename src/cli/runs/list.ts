/** `list`: which runs there are. */
import { Command, InvalidArgumentError } from 'commander';
import type { RunFilter } from '../../runs/run-filter.ts';
import type { RunStore } from '../../runs/store.ts';
import { bytesText, tableText } from '../models/text.ts';
import { reading } from './database.ts';
import { filterIn, withFilterOptions } from './filter-options.ts';

/** Characters of a prompt. */
const longestPrompt = 60;

/** A table of the newest runs that a filter admits. */
export async function listRuns(store: RunStore, filter: RunFilter, limit: number): Promise<string> {
  const runs = await store.list({ limit: limit + 1 }, filter);
  if (runs.length === 0) return 'There are no such runs.';
  const rows = runs
    .slice(0, limit)
    .map((run) => [
      run.id,
      run.createdAt.toISOString().slice(0, 19).replace('T', ' '),
      run.question.kind === 'LOGIT_ATTRIBUTION' ? run.question.input.method : run.question.kind,
      run.status,
      run.modelName,
      bytesText(run.storedBytes),
      run.pinned ? 'yes' : '',
      shortened(run.promptText ?? `${run.question.input.inputIds.length} tokens`),
    ]);
  const table = tableText([['ID', 'CREATED (UTC)', 'METHOD', 'STATUS', 'MODEL', 'SIZE', 'PINNED', 'PROMPT'], ...rows]);
  return runs.length > limit ? `${table}\n\nThere are more; --limit ${10 * limit} shows them.` : table;
}

export function listCommand(url: string): Command {
  const command = new Command('list')
    .summary('list runs')
    .description('Lists the runs that the options choose, the newest first. A server may be running meanwhile.')
    .option('--limit <count>', 'how many', wholeNumber, 20);
  return withFilterOptions(command).action(async ({ limit, ...options }: { limit: number }) =>
    console.log(await reading(url, (store) => listRuns(store, filterIn(options), limit))),
  );
}

/** One line. */
function shortened(text: string): string {
  const line = JSON.stringify(text).slice(1, -1);
  return line.length > longestPrompt ? `${line.slice(0, longestPrompt)}…` : line;
}

export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number.');
}
