/** `remove`: takes a model out of the models folder. */
import { lstat, realpath, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Command } from 'commander';
import { unfinishedDownloads } from '../../checkpoint/download.ts';
import { forgetLink } from '../../checkpoint/links.ts';
import { TributaryError } from '../../errors.ts';
import { Catalogue, type CatalogueOptions } from '../../inference/catalogue.ts';
import { confirm } from '../confirm.ts';

export interface Removal {
  readonly path: string;
  /** A link's folder stays where it is. */
  readonly link: boolean;
}

/**
 * What would be removed.
 * @throws TributaryError UNKNOWN_MODEL; CHECKPOINT for a model that is reached by a link out of the models folder
 */
export async function findRemoval(models: string, name: string, options?: CatalogueOptions): Promise<Removal> {
  // Only what listing finds becomes a path.
  const names = await new Catalogue(models, options).names();
  const [unfinished] = names.includes(name) ? [] : await unfinishedDownloads(models, name);
  if (unfinished !== undefined) return { path: join(models, unfinished), link: false };
  if (!names.includes(name)) {
    const there = names.length > 0 ? `there are ${names.join(', ')}` : 'there are none';
    throw new TributaryError('UNKNOWN_MODEL', `${models} has no model ${JSON.stringify(name)}; ${there}`);
  }
  const path = join(models, name);
  const [root, parent] = await Promise.all([realpath(models), realpath(dirname(path))]);
  if (parent !== root && !parent.startsWith(`${root}${sep}`))
    throw new TributaryError('CHECKPOINT', `${path} lies in ${parent}, outside of the models folder; it stays`);
  return { path, link: (await lstat(path)).isSymbolicLink() };
}

export async function removeModel(models: string, { path }: Removal): Promise<void> {
  await rm(path, { recursive: true });
  await forgetLink(models, relative(models, path));
  // The folder of an organisation whose last model this was; one with others is not empty and stays.
  if (dirname(path) !== models) await rmdir(dirname(path)).catch(() => undefined);
}

export function removeCommand(models: string, options: CatalogueOptions): Command {
  return new Command('remove')
    .summary('remove a model')
    .description(
      'Removes a model from the models folder, or what is there of one whose download broke off. Of a linked one only the link goes; its folder stays.',
    )
    .argument('<name>', 'as `list` shows it')
    .option('--yes', 'do not ask')
    .action(async (name: string, { yes }: { yes?: boolean }) => {
      const removal = await findRemoval(models, name, options);
      const what = removal.link ? `the link ${removal.path}` : `${removal.path} and all that is in it`;
      if (!yes && !(await confirm(`Remove ${what}? [y/N] `))) {
        console.log('Nothing was removed.');
        return;
      }
      await removeModel(models, removal);
      console.log(`Removed ${what}`);
    });
}
