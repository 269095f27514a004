/** `list`: what is in the models folder. */
import { Command } from 'commander';
import { unreadKeys } from '../../architecture/registry.ts';
import { unfinishedDownloads } from '../../checkpoint/download.ts';
import { Catalogue, type CatalogueOptions } from '../../inference/catalogue.ts';
import { bytesText, countText, tableText, unreadText } from './text.ts';

/** A table of the usable models, then what must be known of some, and the broken ones with what is wrong with them. */
export async function listModels(models: string, options?: CatalogueOptions): Promise<string> {
  const { models: sound, broken } = await new Catalogue(models, options).list();
  const unfinished = await unfinishedDownloads(models);
  if (sound.length + broken.length + unfinished.length === 0)
    return `${models} holds no models; bring one: npm run models -- add openai-community/gpt2`;
  const rows = sound.map(({ name, checkpoint: { tensors }, specification }) => {
    const entries = [...tensors.values()];
    const parameters = entries.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    return [
      name,
      specification.architecture,
      countText(parameters),
      String(specification.layerCount),
      [...new Set(entries.map(({ dtype }) => dtype))].sort().join('+'),
      bytesText(entries.reduce((sum, { length }) => sum + length, 0)),
    ];
  });
  return [
    ...(rows.length > 0 ? [tableText([['MODEL', 'FAMILY', 'PARAMETERS', 'BLOCKS', 'TYPE', 'SIZE'], ...rows])] : []),
    ...sound.flatMap(({ name, checkpoint: { config } }) => {
      const unread = unreadKeys(config, 'config.json');
      return unread.length > 0 ? [`${name}: ${unreadText(unread)}`] : [];
    }),
    ...unfinished.map((folder) => {
      const commit = folder.slice(folder.lastIndexOf('@') + 1);
      return `${folder} is a download that broke off; \`add --revision ${commit}\` goes on, \`remove\` ends it`;
    }),
    ...broken.map(({ name, error }) => `${name} cannot be used: ${error}`),
  ].join('\n');
}

export function listCommand(models: string, options: CatalogueOptions): Command {
  return new Command('list')
    .summary('list the models')
    .description(`Lists the models in ${models}, and what is wrong with those that cannot be used.`)
    .action(async () => console.log(await listModels(models, options)));
}
