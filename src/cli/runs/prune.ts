/** `prune`: deletes runs that nobody has said to keep. */
import { Command, InvalidArgumentError } from 'commander';
import { inputError } from '../../errors.ts';
import { type Looked, type LooseRun, looseStretches } from '../../runs/loose-runs.ts';
import { firstOf } from '../../runs/run-ids.ts';
import type { RunStore } from '../../runs/store.ts';
import { confirm } from '../confirm.ts';
import { interruptible } from '../models/interruptible.ts';
import { bytesText, numberText } from '../models/text.ts';
import { writing } from './database.ts';
import { wholeNumber } from './list.ts';
import { progressOn } from './progress.ts';

/** Runs that are deleted in one transaction. */
const atOnce = 100;

const units = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

export function pruneCommand(url: string): Command {
  return new Command('prune')
    .summary('delete old runs')
    .description(
      `Deletes runs that are over, with all that they told and answered. Never those that are pinned or belong to an experiment.

It says what would go, and asks. No server may be running on the database meanwhile. Room in the file is used again by new runs;
\`backup\` writes a copy without it.`,
    )
    .option('--older-than <time>', 'that were asked for longer ago: 12h, 30d, 8w', milliseconds)
    .option('--keep <count>', 'but keep the newest, so many', wholeNumber)
    .option('--dry-run', 'say what would go, and delete nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
Examples:
  npm run runs -- prune --older-than 30d --dry-run
  npm run runs -- prune --keep 10000 --yes`,
    )
    .action(async ({ olderThan, keep, dryRun, yes }: PruneOptions) => {
      if (olderThan === undefined && keep === undefined)
        throw inputError('options', 'Say which: --older-than 30d, --keep 10000, or both');
      const before = olderThan === undefined ? undefined : new Date(Date.now() - olderThan);
      const advice =
        'stop it first, or let it delete old runs by itself: RETENTION_DAYS, RETENTION_RUNS, RETENTION_BYTES';
      await writing(url, advice, async (store) => {
        const due = await dueRuns(store, before, keep);
        const bytes = due.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
        const what = `${numberText(due.length, 'run')} (${bytesText(bytes)})`;
        if (due.length === 0 || dryRun) return console.log(`Would delete ${what}`);
        if (!yes && !(await confirm(`Delete ${what}? [y/N] `))) return console.log('Nothing was deleted.');
        await interruptible('stopped; those that are deleted by now are gone', async (signal) => {
          using progress = progressOn(process.stderr);
          let deleted = 0;
          for (let start = 0; start < due.length; start += atOnce) {
            signal.throwIfAborted();
            const ids = due.slice(start, start + atOnce).map(({ id }) => id);
            deleted += (await store.housekeeping.prune(ids)).length;
            progress.show(() => `${deleted} of ${numberText(due.length, 'run')}`);
          }
          console.log(`Deleted ${what}`);
        });
      });
    });
}

/** The oldest first. @param before when they were asked for @param keep how many of those that may go stay, the newest ones */
async function dueRuns(store: RunStore, before: Date | undefined, keep = 0): Promise<LooseRun[]> {
  const all: LooseRun[] = [];
  const look = (looked: Looked) => store.housekeeping.loose(looked);
  for await (const loose of looseStretches(look, { before: undefined, endedBefore: new Date() })) all.push(...loose);
  const end = before && firstOf(before);
  return all.slice(0, Math.max(all.length - keep, 0)).filter(({ id }) => end === undefined || id < end);
}

interface PruneOptions {
  readonly olderThan?: number;
  readonly keep?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

function milliseconds(text: string): number {
  const [, count, unit] = /^(\d{1,6})([hdw])$/.exec(text) ?? [];
  if (!count) throw new InvalidArgumentError('It is a number of hours, days or weeks: 12h, 30d, 8w.');
  return Number(count) * units[unit as keyof typeof units];
}
