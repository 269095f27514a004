/** The header of a safetensors file, which nothing is believed of before it is checked. */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { TributaryError } from '../errors.ts';
import type { TensorEntry } from './types.ts';

/** As in the safetensors library itself. */
const longestHeader = 100_000_000;
const bytesPerValue = { F32: 4, F16: 2, BF16: 2 } as const;

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).max(16),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z.record(z.string(), z.unknown());

/**
 * Where the tensors of a file lie.
 * @param file its real path
 * @throws TributaryError CHECKPOINT when the file is truncated, or its header lies about lengths, shapes or offsets
 */
export async function readSafetensors(file: string): Promise<TensorEntry[]> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) =>
    refuse(file, `cannot be opened: ${error.message}`),
  );
  try {
    const { size } = await handle.stat();
    const { header, start } = await readHeader(handle, size, file);
    const entries = Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, value]) => readEntry(name, value, file, start));
    verifyLayout(entries, start, size, file);
    return entries;
  } finally {
    await handle.close();
  }
}

async function readHeader(
  handle: FileHandle,
  size: number,
  file: string,
): Promise<{ header: Record<string, unknown>; start: number }> {
  if (size < 8) refuse(file, `is ${size} bytes long, too short for a safetensors file`);
  const prefix = Buffer.alloc(8);
  await handle.read(prefix, 0, 8, 0);
  const length = prefix.readBigUInt64LE();
  if (length > longestHeader)
    refuse(file, `announces a header of ${length} bytes; at most ${longestHeader} are allowed`);
  const start = 8 + Number(length);
  if (start > size)
    refuse(
      file,
      `announces a header of ${length} bytes but is ${size} bytes long: it is truncated or no safetensors file`,
    );
  const bytes = Buffer.alloc(Number(length));
  await handle.read(bytes, 0, bytes.length, 8);
  try {
    return { header: headerSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))), start };
  } catch {
    return refuse(file, 'has a header that is not a JSON object: it is corrupt or no safetensors file');
  }
}

function readEntry(name: string, value: unknown, file: string, start: number): TensorEntry {
  const parsed = tensorSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(file, `describes tensor ${name} wrongly: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  if (!isSupported(dtype))
    return refuse(file, `holds tensor ${name} as ${dtype}; supported are ${Object.keys(bytesPerValue).join(', ')}`);
  const length = shape.reduce((product, dimension) => product * dimension, bytesPerValue[dtype]);
  if (!Number.isSafeInteger(length)) refuse(file, `gives tensor ${name} the impossible shape [${shape.join(', ')}]`);
  const [begin, end] = offsets;
  if (end - begin !== length) {
    refuse(file, `gives tensor ${name} ${end - begin} bytes; ${dtype} [${shape.join(', ')}] takes ${length}`);
  }
  return { name, dtype, shape, file, offset: start + begin, length };
}

/** Tensors must fill the file from the header to its end, one after the other. */
function verifyLayout(entries: readonly TensorEntry[], start: number, size: number, file: string): void {
  let end = start;
  let before = 'the header';
  for (const { name, offset, length } of entries.toSorted((a, b) => a.offset - b.offset || a.length - b.length)) {
    if (offset + length > size)
      refuse(file, `is truncated: tensor ${name} ends at byte ${offset + length}, the file at ${size}`);
    if (offset < end) refuse(file, `lets tensor ${name} overlap with ${before}`);
    if (offset > end)
      refuse(file, `leaves ${offset - end} bytes between ${before} and tensor ${name} that belong to no tensor`);
    end = offset + length;
    before = `tensor ${name}`;
  }
  if (end !== size) refuse(file, `has ${size - end} bytes after its last tensor that belong to no tensor`);
}

function isSupported(dtype: string): dtype is TensorEntry['dtype'] {
  return Object.hasOwn(bytesPerValue, dtype);
}

function refuse(file: string, fault: string): never {
  throw new TributaryError('CHECKPOINT', `${file} ${fault}`);
}
