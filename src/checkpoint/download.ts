/** A model from the Hugging Face hub into the models folder. */
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TributaryError } from '../errors.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type Config, readConfigFile } from './config.ts';
import { chatTemplateFile } from './fingerprint.ts';
import { commitOf, filesOf, type Hub, type HubFile, openFile } from './hub.ts';
import type { ByteProgress } from './progress.ts';
import { fetchFile } from './resumable.ts';
import { expectRoom } from './room.ts';
import { shardNames } from './weights.ts';

export interface DownloadOptions {
  readonly hub: Hub;
  /** Branch, tag or commit. */
  readonly revision?: string;
  /** At most ten times a second, and at the end. */
  readonly onProgress?: (progress: ByteProgress) => void;
  /** Called with the configuration before any weights are fetched; what it throws ends the download. */
  readonly accept?: (config: Config) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds, see `FetchOptions`. */
  readonly patience?: number;
}

const single = 'model.safetensors';
const index = 'model.safetensors.index.json';
const unfinished = '.download-';

/**
 * Fetches what the server reads of a model, into `<models>/<name>`. Until everything is there and sound it lies in a
 * hidden folder, from which the next download of the same model and commit goes on. All files are of the commit that the
 * revision names at the beginning; `.hub.json` among them notes it.
 * @param name as on the hub, e.g. `openai-community/gpt2`
 * @returns the model's folder
 * @throws TributaryError CHECKPOINT when it is there already, is not on the hub, cannot be used, or does not come through
 */
export async function downloadModel(name: string, models: string, options: DownloadOptions): Promise<string> {
  const { hub, revision = 'main', accept, signal, patience } = options;
  if (!/^\w[\w.-]*(\/\w[\w.-]*)?$/.test(name))
    refuse(`${JSON.stringify(name)} is no model's name; one is openai-community/gpt2`);
  const target = join(models, name);
  if (await exists(target)) refuse(`${target} is there already; remove it to fetch it again`);

  const commit = await commitOf(hub, { name, revision }, signal);
  const repository = { name, revision: commit };
  const there = new Map((await filesOf(hub, repository, signal)).map((file) => [file.path, file]));
  const pick = (path: string) => there.get(path) ?? refuse(`${name} on ${hub.endpoint} has no ${path}`);
  const texts = textFiles(there, `${name} on ${hub.endpoint}`).map(pick);
  const folder = join(models, `${unfinishedPrefix(name)}${commit}`);
  await mkdir(folder, { recursive: true });

  const progress = new Progress(options.onProgress);
  const fetchAll = async (files: readonly HubFile[]) => {
    for (const file of files) {
      await fetchFile(join(folder, file.path), file, {
        open: (from) => openFile(hub, repository, file.path, { from, signal }),
        onBytes: (bytes) => progress.report(file, bytes),
        signal,
        ...(patience !== undefined && { patience }),
      });
    }
  };
  progress.expect(texts);
  await fetchAll(texts);
  const config = await readConfigFile(folder);
  accept?.(config);
  const weights = (there.has(single) ? [single] : await shardNames(join(folder, index))).map(pick);
  progress.expect(weights);
  await expectRoom(folder, await missingBytes(folder, weights));
  await fetchAll(weights);
  progress.end();

  await openCheckpoint(folder);
  const source = { endpoint: hub.endpoint, repository: name, revision, commit };
  await writeFile(join(folder, '.hub.json'), `${JSON.stringify(source, undefined, 2)}\n`);
  await mkdir(dirname(target), { recursive: true });
  await rename(folder, target);
  return target;
}

/** What the hidden folder of a download that is not whole yet begins with; the commit follows. */
export function unfinishedPrefix(name: string): string {
  return `${unfinished}${name.replace('/', '--')}@`;
}

/** Hidden folders of downloads that broke off, of one model or of all. */
export async function unfinishedDownloads(models: string, name?: string): Promise<string[]> {
  const prefix = name === undefined ? unfinished : unfinishedPrefix(name);
  return (await readdir(models).catch(() => [])).filter((folder) => folder.startsWith(prefix)).sort();
}

/** What to fetch before the weights. @throws TributaryError CHECKPOINT when the repository holds no model that we can run */
function textFiles(there: ReadonlyMap<string, HubFile>, repository: string): string[] {
  const paths = [...there.keys()];
  if (!there.has('config.json')) refuse(`${repository} has no config.json: it holds no model of transformers`);
  if (!there.has(single) && !there.has(index)) {
    const other = paths.filter((path) => /\.(bin|gguf|h5|msgpack|safetensors|pt|pth)$/.test(path)).slice(0, 3);
    const instead = other.length > 0 ? `, but ${other.join(', ')}` : '';
    refuse(`${repository} has neither ${single} nor ${index}${instead}; look for a conversion of it to safetensors`);
  }
  if (!there.has('tokenizer.json')) {
    const convert = 'AutoTokenizer.from_pretrained(name).save_pretrained(folder)';
    refuse(`${repository} has no tokenizer.json; make one, and the folder, with Python's transformers: ${convert}`);
  }
  const chat = ['tokenizer_config.json', chatTemplateFile, 'generation_config.json'];
  const wanted = ['config.json', 'tokenizer.json', ...chat, ...(there.has(single) ? [] : [index])];
  return wanted.filter((path) => there.has(path));
}

async function missingBytes(folder: string, files: readonly HubFile[]): Promise<number> {
  let missing = 0;
  for (const { path, size } of files) {
    const present = await stat(join(folder, `${path}.incomplete`)).catch(() =>
      stat(join(folder, path)).catch(() => undefined),
    );
    missing += size - (present?.size ?? 0);
  }
  return missing;
}

class Progress {
  readonly #onProgress: DownloadOptions['onProgress'];
  readonly #began = performance.now();
  readonly #bytes = new Map<HubFile, number>();
  #total = 0;
  #received = 0;
  #reported = Number.NEGATIVE_INFINITY;

  constructor(onProgress: DownloadOptions['onProgress']) {
    this.#onProgress = onProgress;
  }

  expect(files: readonly HubFile[]): void {
    for (const { size } of files) this.#total += size;
  }

  /** @param bytes of this file that are on the disk; those of its first report were there before */
  report(file: HubFile, bytes: number): void {
    this.#received += Math.max(0, bytes - (this.#bytes.get(file) ?? bytes));
    this.#bytes.set(file, bytes);
    if (performance.now() - this.#reported >= 100) this.end();
  }

  end(): void {
    this.#reported = performance.now();
    const bytes = this.#bytes.values().reduce((sum, value) => sum + value, 0);
    const bytesPerSecond = this.#received / Math.max((this.#reported - this.#began) / 1000, 1e-3);
    this.#onProgress?.({ bytes, total: this.#total, bytesPerSecond });
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function refuse(fault: string): never {
  throw new TributaryError('CHECKPOINT', fault);
}
