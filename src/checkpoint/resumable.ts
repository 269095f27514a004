/** One file from the network to the disk, however often the connection breaks. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { TributaryError } from '../errors.ts';
import { type HubFile, PassingError } from './hub.ts';

export interface FetchOptions {
  /** Asks for the content from a byte on; the answer may begin at byte 0 all the same. */
  readonly open: (from: number) => Promise<Response>;
  /** Called with the bytes of this file that are on the disk: at the start, and as they come. */
  readonly onBytes: (bytes: number) => void;
  /** Milliseconds before the first new attempt; doubled for each one after it that brings nothing. */
  readonly patience?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Attempts in a row that bring nothing. */
const mostAttempts = 5;

/**
 * Until it is whole and its digest is right, the file is called `<target>.incomplete`, and is taken up from there.
 * @throws TributaryError CHECKPOINT when the content is not what the hub announced, or the network stays away
 */
export async function fetchFile(target: string, file: HubFile, options: FetchOptions): Promise<void> {
  const { onBytes, patience = 1000, signal } = options;
  if ((await sizeOf(target)) === file.size) return onBytes(file.size);
  const incomplete = `${target}.incomplete`;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const before = await sizeOf(incomplete);
    try {
      await append(incomplete, before, file, options);
      break;
    } catch (error) {
      if (!(error instanceof PassingError)) throw error;
      if ((await sizeOf(incomplete)) > before) attempt = 1;
      if (attempt >= mostAttempts) {
        const message = `${file.path} could not be fetched: ${error.message}; what is there is kept, to go on from later`;
        throw new TributaryError('CHECKPOINT', message, {}, { cause: error });
      }
      await setTimeout(patience * 2 ** (attempt - 1), undefined, { ...(signal && { signal }) });
    }
  }
  await verify(incomplete, file, signal);
  await rename(incomplete, target);
}

async function append(
  incomplete: string,
  present: number,
  file: HubFile,
  { open: request, onBytes, signal }: FetchOptions,
): Promise<void> {
  onBytes(present);
  if (present === file.size && present > 0) return;
  const response = await request(present < file.size ? present : 0);
  const begin = beginOf(response, present);
  await using handle = await open(incomplete, begin === 0 ? 'w' : 'a');
  let end = begin;
  try {
    for await (const chunk of response.body ?? []) {
      await handle.appendFile(chunk);
      end += chunk.length;
      onBytes(end);
      if (end > file.size) break;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).syscall === 'write') throw error;
    throw new PassingError(`the connection broke after ${end} of ${file.size} bytes`, { cause: error });
  }
  if (end < file.size) throw new PassingError(`the connection ended after ${end} of ${file.size} bytes`);
  await handle.sync();
}

/** The byte that an answer begins with: 0 unless it says another, which then must be the one that we asked for. */
function beginOf(response: Response, asked: number): number {
  if (response.status !== 206) return 0;
  const range = response.headers.get('content-range');
  if (Number(/^bytes (\d+)-/.exec(range ?? '')?.[1]) === asked) return asked;
  throw new PassingError(`the answer is for ${range}, not for the bytes from ${asked} on`);
}

async function verify(incomplete: string, file: HubFile, signal: AbortSignal | undefined): Promise<void> {
  const size = await sizeOf(incomplete);
  const hash = hashOf(file);
  await pipeline(createReadStream(incomplete, { highWaterMark: 1 << 20 }), hash, { ...(signal && { signal }) });
  const hex = hash.digest('hex');
  if (size === file.size && hex === file.digest.hex) return;
  await rm(incomplete);
  const wrong = size === file.size ? `${file.digest.algorithm} ${hex}` : `more than ${file.size} bytes`;
  throw new TributaryError(
    'CHECKPOINT',
    `${file.path} is not what the hub announced: it has ${wrong}, where ${file.digest.hex} was right; it was thrown away, fetch it again`,
  );
}

function hashOf({ size, digest }: HubFile): Hash {
  return digest.algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
