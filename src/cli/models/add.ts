/** `add`: a model from the Hugging Face hub, or one that lies in another folder. */
import { copyFile, mkdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { specificationOf, specificationOfConfig } from '../../architecture/registry.ts';
import { openCheckpoint } from '../../checkpoint/checkpoint.ts';
import { type DownloadOptions, downloadModel } from '../../checkpoint/download.ts';
import { hubFrom } from '../../checkpoint/hub.ts';
import { noteLink } from '../../checkpoint/links.ts';
import { textFiles } from '../../checkpoint/text-files.ts';
import { weightFiles } from '../../checkpoint/weights.ts';
import { TributaryError } from '../../errors.ts';
import { expectFree, fromCaller, verifyName } from './folder.ts';
import { interruptible } from './interruptible.ts';
import { progressBar } from './progress-bar.ts';

/**
 * Fetches a model into `<models>/<repository>`. Whether it can be run is asked before its weights are fetched.
 * @throws TributaryError CHECKPOINT as `downloadModel`, and when the server cannot run it
 */
export async function addFromHub(models: string, repository: string, options: DownloadOptions): Promise<string> {
  const folder = await downloadModel(repository, models, {
    ...options,
    accept: (config) => void specificationOfConfig(config, `config.json of ${repository}`),
  });
  specificationOf(await openCheckpoint(folder));
  return folder;
}

/**
 * Makes a folder's checkpoint `<models>/<name>`, once it is found to be sound.
 * @param how a link costs no space, and shows what becomes of the folder; a copy has files of its own
 * @throws TributaryError CHECKPOINT when the server cannot run it, or the name is taken
 */
export async function addFromFolder(
  models: string,
  folder: string,
  { name = basename(folder), how }: { name?: string | undefined; how: 'LINK' | 'COPY' },
): Promise<string> {
  verifyName(name);
  const target = join(models, name);
  await expectFree(target);
  const checkpoint = await openCheckpoint(folder);
  specificationOf(checkpoint);
  await mkdir(dirname(target), { recursive: true });
  if (how === 'LINK') {
    await noteLink(models, name, checkpoint.folder);
    await symlink(checkpoint.folder, target, 'dir');
    return target;
  }
  const unfinished = join(models, `.copy-${name.replace('/', '--')}`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished);
  try {
    // The files themselves: the hub's cache holds links to them.
    for (const [file, real] of await weightFiles(checkpoint.folder)) await copyFile(real, join(unfinished, file));
    for (const file of [...textFiles, 'model.safetensors.index.json']) {
      const path = join(checkpoint.folder, file);
      if (await stat(path).catch(() => undefined)) await copyFile(path, join(unfinished, file));
    }
    await rename(unfinished, target);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return target;
}

export function addCommand(models: string): Command {
  return new Command('add')
    .summary('bring a model from the Hugging Face hub, or from a folder')
    .description(
      `Brings a model into ${models}.

A name such as openai-community/gpt2 is fetched from the Hugging Face hub: its configuration, tokenizer and
safetensors weights, no more, all of the commit that the revision names at the beginning. What broke off goes on where
it was, if it is still of that commit; sizes and hashes are verified; until all is there it is no model.

A folder (a path that begins with / or .) is checked and then linked: its files stay where they are. With --copy the
models folder gets files of its own.`,
    )
    .argument('<source>', 'a model on the hub, or a folder')
    .option('--revision <name>', 'branch, tag or commit on the hub', 'main')
    .option('--name <name>', "a folder's name among the models (default: its own)")
    .option('--copy', 'copy a folder instead of linking it')
    .addHelpText(
      'after',
      `
Environment:
  HF_TOKEN     a token of huggingface.co, for models that are not public
  HF_ENDPOINT  another hub than https://huggingface.co

Examples:
  npm run models -- add openai-community/gpt2
  npm run models -- add ./my-finetune --name mine`,
    )
    .action(async (source: string, options: { revision: string; name?: string; copy?: boolean }) => {
      const local = /^(\.{0,2}\/|\.{1,2}$|[A-Za-z]:\\)/.test(source);
      if (!local && (options.name !== undefined || options.copy)) {
        const path = `write ./${source} if a folder is meant`;
        throw new TributaryError('CHECKPOINT', `--name and --copy are for folders, ${source} is on the hub; ${path}`);
      }
      const folder = local
        ? await addFromFolder(models, fromCaller(source), { name: options.name, how: options.copy ? 'COPY' : 'LINK' })
        : await fetched(models, source, options.revision);
      console.log(
        `${folder.slice(models.length + 1)} is in ${folder}; try it: npm run models -- check ${folder.slice(models.length + 1)}`,
      );
    });
}

async function fetched(models: string, repository: string, revision: string): Promise<string> {
  using bar = progressBar(process.stderr);
  return await interruptible('stopped; the same command goes on from here', (signal) =>
    addFromHub(models, repository, { hub: hubFrom(process.env), revision, onProgress: bar.show, signal }),
  );
}
