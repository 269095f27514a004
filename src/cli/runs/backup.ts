/** `backup`: a copy of the database. */
import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { isPostgresql, withoutPassword } from '../../database-url.ts';
import { TributaryError } from '../../errors.ts';
import { copyDatabase } from '../../runs/sqlite/copy.ts';
import { fromCaller } from '../models/folder.ts';
import { interruptible } from '../models/interruptible.ts';
import { bytesText } from '../models/text.ts';
import { requireDatabase } from './database.ts';
import { progressOn } from './progress.ts';
import { writeWhole } from './whole-file.ts';

export function backupCommand(url: string): Command {
  return new Command('backup')
    .summary('copy the database')
    .description(
      `Writes a copy of the whole database as it is at this moment, and verifies it. A server may be running, and writing, meanwhile.

A server runs on a copy as on any database: DATABASE_URL=file:./copy.db npm start`,
    )
    .argument('<file>', 'where to')
    .option('--force', 'replace a file that is there')
    .action(async (file: string, options: { force?: boolean }) => {
      if (isPostgresql(url))
        throw new TributaryError(
          'RUN_STATE',
          `PostgreSQL copies its databases itself, as they are at one moment: pg_dump --format=custom --file=${file} ${withoutPassword(url)}`,
        );
      await requireDatabase(url);
      const path = fromCaller(file);
      await interruptible('stopped; there is no copy', async (signal) => {
        using progress = progressOn(process.stderr);
        const onProgress = (bytes: number) => progress.show(() => `${bytesText(bytes)} are copied`);
        await writeWhole(path, options, (part) => copyDatabase(url, part, { signal, onProgress }));
      });
      const { size } = await stat(path);
      console.log(`${path} is a copy of ${url} (${bytesText(size)}), and sound`);
    });
}
