/** The models in the models folder: every folder that holds a configuration, named by its path in there. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { specificationOf } from '../architecture/registry.ts';
import type { ModelSpecification } from '../architecture/specification.ts';
import { type Checkpoint, looksLikeCheckpoint, openCheckpoint } from '../checkpoint/checkpoint.ts';
import { fingerprintOf } from '../checkpoint/fingerprint.ts';
import { liesWithin, verifyLinks } from '../checkpoint/links.ts';
import { isExhausted, isUnreadable, unreadable } from '../checkpoint/unreadable.ts';
import { TributaryError } from '../errors.ts';

/** A model that can be run. */
export interface CatalogueModel {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly specification: ModelSpecification;
}

/** A folder that looks like a model and is none. */
export interface BrokenModel {
  readonly name: string;
  readonly error: string;
}

interface Opened {
  /** Names, sizes and times of the folder's files when it was opened. */
  readonly fingerprint: string;
  readonly model: Promise<CatalogueModel>;
}

export interface CatalogueOptions {
  /** Follows links that lead out of the models folder, also those that `verifyLinks` refuses. */
  readonly followLinks?: boolean;
}

export class Catalogue {
  readonly #folder: string;
  readonly #followLinks: boolean;
  readonly #opened = new Map<string, Opened>();

  /** @param folder the models folder; it is read anew for every request, so models come and go without a restart */
  constructor(folder: string, { followLinks = false }: CatalogueOptions = {}) {
    this.#folder = folder;
    this.#followLinks = followLinks;
  }

  /** Names of all models, sound or broken, in order. Folders may be nested once, as in `openai-community/gpt2`. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    for (const outer of await foldersIn(this.#folder)) {
      if (await looksLikeCheckpoint(join(this.#folder, outer))) names.push(outer);
      else if (this.#followLinks || (await liesWithin(this.#folder, join(this.#folder, outer)))) {
        for (const inner of await foldersIn(join(this.#folder, outer))) {
          if (await looksLikeCheckpoint(join(this.#folder, outer, inner))) names.push(`${outer}/${inner}`);
        }
      }
    }
    return names.sort();
  }

  /** @throws TributaryError UNKNOWN_MODEL; CHECKPOINT when its folder holds no sound checkpoint */
  async get(name: string): Promise<CatalogueModel> {
    const names = await this.names();
    // Only a name that was found by listing becomes a path: no request leads out of the folder.
    if (names.includes(name)) return this.#open(name);
    const known = names.length > 0 ? `it knows ${names.join(', ')}` : 'its models folder holds none';
    throw new TributaryError('UNKNOWN_MODEL', `The server has no model ${JSON.stringify(name)}; ${known}`);
  }

  async list(): Promise<{ models: CatalogueModel[]; broken: BrokenModel[] }> {
    const models: CatalogueModel[] = [];
    const broken: BrokenModel[] = [];
    for (const name of await this.names()) {
      try {
        models.push(await this.#open(name));
      } catch (error) {
        if (!(error instanceof TributaryError) || error.code === 'OVER_CAPACITY') throw error;
        broken.push({ name, error: error.message });
      }
    }
    return { models, broken };
  }

  async #open(name: string): Promise<CatalogueModel> {
    const folder = join(this.#folder, name);
    if (!this.#followLinks) await verifyLinks(this.#folder, name);
    const fingerprint = await fingerprintOf(folder);
    const known = this.#opened.get(name);
    if (known?.fingerprint === fingerprint) return known.model;
    const model = openCheckpoint(folder).then((checkpoint) => ({
      name,
      checkpoint,
      specification: specificationOf(checkpoint),
    }));
    const opened = { fingerprint, model };
    this.#opened.set(name, opened);
    model.catch((error) => {
      if (isUnreadable(error) && this.#opened.get(name) === opened) this.#opened.delete(name);
    });
    return model;
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    // A folder that cannot be read holds no models.
    if (isExhausted(error)) throw unreadable(folder, error);
    return [];
  });
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  const folders = await Promise.all(
    visible.map(
      async (entry) => entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(join(folder, entry.name)))),
    ),
  );
  return visible.filter((_, index) => folders[index]).map(({ name }) => name);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (state) => state.isDirectory(),
    () => false,
  );
