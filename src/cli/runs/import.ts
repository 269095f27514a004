/** `import`: runs from a file, into the database or to a server. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { inputError } from '../../errors.ts';
import { type ImportReport, importRuns } from '../../runs/takeaway/import.ts';
import { fromCaller } from '../models/folder.ts';
import { interruptible } from '../models/interruptible.ts';
import { bytesText, numberText } from '../models/text.ts';
import { writing } from './database.ts';
import { progressOn } from './progress.ts';
import { sendRuns } from './send.ts';

export function importCommand(url: string): Command {
  return new Command('import')
    .summary('bring the runs of a file')
    .description(
      `Brings the runs of a .jsonl file that \`export\` has written, here or elsewhere, with their experiments.

A run is taken as a whole or not at all. One that is here already stays as it is. One whose question another run here answers is kept
beside that. Each is verified: lines that are wrong are told by their numbers, and the command ends with 1. What was stopped goes on by
the same command.`,
    )
    .argument('<file>', 'a .jsonl file')
    .option(
      '--server <address>',
      'bring them to a server that is running: http://localhost:4000; TRIBUTARY_KEY has the key, where it wants one',
    )
    .action(async (file: string, { server }: { server?: string }) => {
      const path = fromCaller(file);
      const size = await sizeOf(path);
      const report = await interruptible('stopped; the same command goes on from here', async (signal) => {
        using progress = progressOn(process.stderr);
        let read = 0;
        const show = (done: ImportReport) =>
          progress.show(
            () =>
              `${bytesText(read)} of ${bytesText(size)}: ${numberText(done.imported, 'run')} brought, ${done.there} there before`,
          );
        const counted = async function* () {
          for await (const piece of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
            read += piece.length;
            yield piece;
          }
        };
        if (server !== undefined) return await sendRuns(server, counted(), { signal, onProgress: show });
        const advice = 'bring them to it by --server http://localhost:4000 (its address), or stop it';
        return await writing(url, advice, (store) => importRuns(store, counted(), { signal, onProgress: show }));
      });
      for (const { line, message } of report.refused) console.error(`line ${line}: ${message}`);
      const untold = report.refusedCount - report.refused.length;
      if (untold > 0) console.error(`and ${numberText(untold, 'more line')}`);
      const refused = report.refusedCount > 0 ? `, ${numberText(report.refusedCount, 'line')} refused` : '';
      console.log(`${numberText(report.imported, 'run')} brought, ${report.there} there before${refused}`);
      if (report.refusedCount > 0) process.exitCode = 1;
    });
}

/** @throws TributaryError INPUT for a file that is not there */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw inputError('file', `There is no file ${path}`);
  return found.size;
}
