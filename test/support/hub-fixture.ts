/** For tests: a hub with a small model, an empty models folder, and the download from one into the other. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before } from 'node:test';
import { type DownloadOptions, downloadModel } from '../../src/checkpoint/download.ts';
import { hubFrom } from '../../src/checkpoint/hub.ts';
import { writeRandomWeights } from '../../src/checkpoint/random.ts';
import { HubServer, type HubServerOptions } from '../hub-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const repository = 'org/tiny';
export const weights = 'model.safetensors';

export class HubFixture {
  #texts: Readonly<Record<string, Buffer>> = {};
  #tensors: Buffer = Buffer.alloc(0);

  constructor() {
    before(async () => {
      await using folder = await temporaryFolder();
      const distribution = { kind: 'NORMAL', deviation: 1 } as const;
      await writeRandomWeights(folder.path, [{ name: 'a', shape: [1 << 19], distribution }], { dtype: 'F32', seed: 1 });
      this.#tensors = await readFile(join(folder.path, weights));
      const tokenizer = { model: { type: 'BPE', vocab: { a: 0 }, merges: [] } };
      this.#texts = {
        'README.md': Buffer.from('# Tiny'),
        'config.json': Buffer.from('{"model_type": "gpt2"}'),
        'tokenizer.json': Buffer.from(JSON.stringify(tokenizer)),
      };
    });
  }

  get texts(): Readonly<Record<string, Buffer>> {
    return this.#texts;
  }

  /** 2 MiB */
  get tensors(): Buffer {
    return this.#tensors;
  }

  readonly setUp = async (options: Partial<HubServerOptions> = {}) => {
    const hub = await HubServer.start({ repository, files: { ...this.texts, [weights]: this.tensors }, ...options });
    const folder = await temporaryFolder();
    return {
      hub,
      models: folder.path,
      download: (more: Partial<DownloadOptions> = {}, name = repository) =>
        downloadModel(name, folder.path, { hub: hubFrom({ HF_ENDPOINT: `${hub.endpoint}/` }), patience: 1, ...more }),
      async [Symbol.asyncDispose]() {
        await hub[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  };
}
