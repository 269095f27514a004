/** A Hugging Face checkpoint as it lies in a folder. */
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChatTemplate } from './chat/template.ts';
import { chatTemplateOf } from './chat-template.ts';
import { type Config, readConfigFile } from './config.ts';
import { endTokensOf } from './end-tokens.ts';
import { fingerprintOf, type Snapshot, verifyUnchanged } from './fingerprint.ts';
import { checkpointRevision } from './revision.ts';
import { Tokenizer } from './tokenizer.ts';
import type { TensorEntry } from './types.ts';
import { unreadable } from './unreadable.ts';
import { readWeights } from './weights.ts';

/** What a model is built from. */
export interface ModelFiles extends Snapshot {
  readonly config: Config;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

export interface Checkpoint extends ModelFiles {
  readonly tokenizer: Tokenizer;
  /** Ids that end an answer, by its own configuration. */
  readonly endTokens: readonly number[];
  /** Undefined where it has none. */
  readonly chatTemplate: ChatTemplate | undefined;
  /**
   * See `checkpointRevision`; reading gigabytes takes its time, so it is asked for when it is needed.
   * @throws TributaryError CHECKPOINT when the files are others than those that were opened
   */
  revision(options?: { signal?: AbortSignal }): Promise<string>;
}

/** Configuration and tensor headers alone: what a worker needs. @throws TributaryError CHECKPOINT */
export async function openModelFiles(folder: string): Promise<ModelFiles> {
  const real = await realpath(folder).catch((error: Error) => {
    throw unreadable(folder, error, 'cannot be opened');
  });
  const snapshot = { folder: real, fingerprint: await fingerprintOf(real) };
  const files = { ...snapshot, config: await readConfigFile(real), tensors: await readWeights(real) };
  await verifyUnchanged(snapshot);
  return files;
}

/** @throws TributaryError CHECKPOINT naming the file and what is wrong with it */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const files = await openModelFiles(folder);
  const tokenizer = await Tokenizer.open(files.folder);
  const endTokens = await endTokensOf(files.folder, files.config);
  const chatTemplate = await chatTemplateOf(files.folder);
  await verifyUnchanged(files);
  let known: string | undefined;
  const revision: Checkpoint['revision'] = async (options) => {
    // Of files that are still the same.
    if (known !== undefined) await verifyUnchanged(files);
    else known = await checkpointRevision(files, options);
    return known;
  };
  return { ...files, tokenizer, endTokens, chatTemplate, revision };
}

/** Cheap, for listing: a folder with a `config.json` is meant as a model, though it may be a broken one. */
export function looksLikeCheckpoint(folder: string): Promise<boolean> {
  return stat(join(folder, 'config.json')).then(
    (state) => state.isFile(),
    () => false,
  );
}
