/** `verify`: whether all that is stored is sound. */
import { Command } from 'commander';
import { verifiedRuns } from '../../runs/takeaway/verify.ts';
import { interruptible } from '../models/interruptible.ts';
import { bytesText, numberText } from '../models/text.ts';
import { reading } from './database.ts';
import { progressOn } from './progress.ts';

/** Faults that are told one by one. */
const mostTold = 100;

const ofFile =
  'Stop the server and put back a copy of the database (`npm run runs -- backup` makes one). Where there is none, `export` writes what can be read, and `import` brings it to a new database.';
const ofRuns =
  'Such a run can be deleted, by the mutation deleteRun or in the explorer, and asked anew, or brought from a file that has it as it was.';

export function verifyCommand(url: string): Command {
  return new Command('verify')
    .summary('see whether what is stored is sound')
    .description(
      `Looks at the file of the database as SQLite does, and at every run: whether its content hash is that of its question, its events are
all there, its arrays can be read, and its end agrees with its status. A server may be running meanwhile. Ends with 1 where something is
wrong.`,
    )
    .action(async () => {
      const { faults, runs, events, bytes, damaged, hurt } = await reading(url, (_, { database, dialect }) =>
        interruptible('stopped', async (signal) => {
          using progress = progressOn(process.stderr);
          const found = await dialect.faults(database);
          const tally = { faults: found, runs: 0, events: 0, bytes: 0, damaged: 0, hurt: found.length > 0 };
          for await (const run of verifiedRuns(database)) {
            signal.throwIfAborted();
            tally.runs++;
            tally.events += run.events;
            tally.bytes += run.bytes;
            if (run.fault && tally.damaged++ < mostTold) found.push(`run ${run.id}: ${run.fault}`);
            progress.show(() => `${numberText(tally.runs, 'run')}, ${bytesText(tally.bytes)}`);
          }
          return tally;
        }),
      );
      for (const fault of faults) console.log(fault);
      if (hurt) console.log(`The file is damaged. ${ofFile}`);
      if (damaged > 0) console.log(`Damaged: ${damaged} of ${numberText(runs, 'run')}. ${ofRuns}`);
      if (hurt || damaged > 0) process.exitCode = 1;
      else console.log(`Sound: ${numberText(runs, 'run')} with ${numberText(events, 'event')} (${bytesText(bytes)})`);
    });
}
