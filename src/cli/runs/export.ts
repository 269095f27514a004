/** `export`: runs into a file. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { textsOfRuns } from '../../api/runs/token-texts.ts';
import { inputError } from '../../errors.ts';
import { Catalogue, type CatalogueOptions } from '../../inference/catalogue.ts';
import type { Format } from '../../runs/takeaway/formats/format.ts';
import { formats } from '../../runs/takeaway/formats/registry.ts';
import { fromCaller } from '../models/folder.ts';
import { interruptible } from '../models/interruptible.ts';
import { bytesText, numberText } from '../models/text.ts';
import { reading } from './database.ts';
import { filterIn, withFilterOptions } from './filter-options.ts';
import { progressOn } from './progress.ts';
import { writeWhole } from './whole-file.ts';

const endings = formats.map(({ ending }) => ending);

/** @param models where the models lie whose tokens are written as texts */
export function exportCommand(url: string, models: string, links: CatalogueOptions): Command {
  const command = new Command('export')
    .summary('write runs into a file')
    .description(
      `Writes the runs that the options choose, and that are over, into a file: the oldest first.

${formats.map(({ ending, description }) => `  ${ending.padEnd(9)} ${description}`).join('\n')}

A server may be running meanwhile. The file is there once it is whole.`,
    )
    .argument('<file>', 'its ending says the format')
    .addOption(new Option('--format <name>', 'where the ending does not').choices(endings))
    .option('--force', 'replace a file that is there');
  return withFilterOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  npm run runs -- export names.jsonl --experiment names
  npm run runs -- export scores.parquet --kind logit_attribution --method frozen --created-after 2026-11-01`,
    )
    .action(async (file: string, options: { format?: string; force?: boolean }) => {
      const format = formatOf(file, options.format);
      const filter = filterIn({ ...options });
      const path = fromCaller(file);
      const done = await reading(url, (store) =>
        interruptible('stopped; nothing was written', async (signal) => {
          using progress = progressOn(process.stderr);
          let [runs, bytes] = [0, 0];
          await writeWhole(path, options, async (part) => {
            const textsOf = textsOfRuns(new Catalogue(models, links));
            const pieces = format.write(store, filter, { textsOf, signal, onRun: () => runs++ });
            const counted = async function* () {
              for await (const piece of pieces) {
                bytes += piece.length;
                progress.show(() => `${numberText(runs, 'run')}, ${bytesText(bytes)}`);
                yield piece;
              }
            };
            await pipeline(Readable.from(counted(), { objectMode: false }), createWriteStream(part), { signal });
          });
          return { runs, bytes };
        }),
      );
      console.log(`${path} has ${numberText(done.runs, 'run')} (${bytesText(done.bytes)})`);
    });
}

/** @throws TributaryError INPUT */
function formatOf(file: string, name = file.slice(file.lastIndexOf('.') + 1)): Format {
  const format = formats.find(({ ending }) => ending === name);
  if (!format)
    throw inputError(
      'file',
      `The file ends in ${endings.map((one) => `.${one}`).join(', ')}, or --format says which it is`,
    );
  return format;
}
