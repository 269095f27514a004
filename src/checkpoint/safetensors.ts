/** The header of a safetensors file, which nothing is believed of before it is checked. */
import { open, stat } from 'node:fs/promises';
import { isJsonObject } from './config.ts';
import { faultOfJson, faulty } from './faulty.ts';
import type { TensorEntry } from './types.ts';
import { unreadable } from './unreadable.ts';

/** As in the safetensors library itself: bytes. */
const longestHeader = 100_000_000;

/** Bits of one value, in every type that the format knows. */
const bits = {
  ...{ F32: 32, F16: 16, BF16: 16 },
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ BOOL: 8, U8: 8, I8: 8, U16: 16, I16: 16, U32: 32, I32: 32, U64: 64, I64: 64, F64: 64, C64: 64 },
} as const;
type Dtype = keyof typeof bits;
const supported: readonly Dtype[] = ['F64', 'F32', 'F16', 'BF16'] satisfies TensorEntry['dtype'][];

export interface SafetensorsHeader {
  /** In the order in which they lie in the file. */
  readonly tensors: readonly TensorEntry[];
  /** Names of tensors in types that no weight has: old checkpoints carry causal masks (BOOL, U8) and position ids. */
  readonly buffers: readonly string[];
}

interface Stored extends Omit<TensorEntry, 'dtype'> {
  readonly dtype: Dtype;
}

/**
 * Where the tensors of a file lie. Reads the header alone.
 * @param file its real path
 * @throws TributaryError CHECKPOINT when the file is truncated, or its header lies about lengths, shapes or offsets, or
 *   it holds weights in a type that we do not compute with
 */
export async function readSafetensorsHeader(file: string): Promise<SafetensorsHeader> {
  const { size, header, start } = await readJsonHeader(file);
  const stored: Stored[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') verifyMetadata(value, file);
    else stored.push(readEntry(name, value, file, start));
  }
  stored.sort((a, b) => a.offset - b.offset || a.length - b.length);
  verifyLayout(stored, start, size, file);
  const foreign = stored.find(({ name, dtype }) => !supported.includes(dtype) && name.endsWith('weight'));
  if (foreign) {
    const right = `supported are ${supported.join(', ')}`;
    refuse(file, `holds tensor ${quoted(foreign.name)} as ${foreign.dtype}, which cannot be computed with; ${right}`);
  }
  return {
    tensors: stored.filter(isSupported),
    buffers: stored.filter((tensor) => !isSupported(tensor)).map(({ name }) => name),
  };
}

async function readJsonHeader(file: string): Promise<{ size: number; header: Record<string, unknown>; start: number }> {
  const state = await stat(file).catch((error: Error) => {
    throw unreadable(file, error);
  });
  if (!state.isFile()) refuse(file, 'is no file; it must be a safetensors file');
  const { size } = state;
  if (size < 8)
    refuse(file, `is ${size} bytes long; a safetensors file begins with 8 bytes that give its header's length`);
  await using handle = await open(file).catch((error: Error) => {
    throw unreadable(file, error, 'cannot be opened');
  });
  const prefix = await read(handle, 0, 8, file);
  const length = prefix.readBigUInt64LE();
  if (length > longestHeader)
    refuse(file, `announces a header of more than ${longestHeader} bytes, the most that safetensors allows`);
  const start = 8 + Number(length);
  if (start > size)
    refuse(file, `announces a longer header than its ${size} bytes: it is truncated or no safetensors file`);
  const bytes = await read(handle, 8, Number(length), file);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    refuse(file, `has a header that ${faultOfJson(error as Error)}: it is corrupt or no safetensors file`);
  }
  if (!isJsonObject(header)) refuse(file, 'has a header that is not a JSON object from tensor names to descriptions');
  return { size, header, start };
}

async function read(
  handle: Awaited<ReturnType<typeof open>>,
  from: number,
  length: number,
  file: string,
): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from).catch((error: Error) => {
    throw unreadable(file, error);
  });
  if (bytesRead < length)
    refuse(file, `ends at byte ${from + bytesRead} within its header; was it cut while being read?`);
  return buffer;
}

function verifyMetadata(value: unknown, file: string): void {
  if (!isJsonObject(value) || Object.values(value).some((entry) => typeof entry !== 'string'))
    refuse(file, 'has a __metadata__ that is not an object of strings');
}

function readEntry(name: string, value: unknown, file: string, start: number): Stored {
  const tensor = `tensor ${quoted(name)}`;
  if (name === '') refuse(file, 'holds a tensor without a name');
  if (!isJsonObject(value))
    refuse(file, `describes ${tensor} by no object; it must have dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isDtype(dtype)) {
    const known = Object.keys(bits).join(', ');
    return refuse(
      file,
      `gives ${tensor} the dtype ${quoted(dtype)}, which safetensors does not know; it knows ${known}`,
    );
  }
  if (!isCounts(shape) || shape.length > 16)
    return refuse(file, `gives ${tensor} the shape ${quoted(shape)}; it must be a list of whole numbers from 0`);
  if (!isCounts(offsets) || offsets.length !== 2)
    return refuse(file, `gives ${tensor} the data_offsets ${quoted(offsets)}; they must be two whole numbers from 0`);
  const length = shape.reduce((product, dimension) => product * dimension, bits[dtype]) / 8;
  if (!Number.isSafeInteger(length))
    refuse(file, `gives ${tensor} the impossible shape ${quoted(shape)} of ${dtype}: no whole number of bytes`);
  const [begin = 0, end = 0] = offsets;
  if (end - begin !== length)
    refuse(file, `gives ${tensor} bytes ${begin} to ${end}; ${dtype} ${quoted(shape)} takes ${length} bytes`);
  return { name, dtype, shape, file, offset: start + begin, length };
}

/**
 * Tensors must fill the file from the header to its end, one after the other. A name that occurs twice is found here
 * too: the parser keeps its last description, and the first one's bytes then belong to no tensor.
 * @param tensors by offset
 */
function verifyLayout(tensors: readonly Stored[], start: number, size: number, file: string): void {
  let end = start;
  let before = 'the header';
  for (const { name, offset, length } of tensors) {
    const tensor = `tensor ${quoted(name)}`;
    if (offset + length > size)
      refuse(file, `is truncated: ${tensor} ends at byte ${offset + length}, the file at byte ${size}`);
    if (offset < end) refuse(file, `lets ${tensor} overlap with ${before}; tensors must follow one another`);
    if (offset > end)
      refuse(file, `leaves ${offset - end} bytes between ${before} and ${tensor} that belong to no tensor`);
    end = offset + length;
    before = tensor;
  }
  if (end !== size) refuse(file, `has ${size - end} bytes after ${before} that belong to no tensor`);
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(bits, name);
}

function isSupported(tensor: Stored): tensor is TensorEntry {
  return supported.includes(tensor.dtype);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
}

/** A value of the file as it can stand in a message, whatever it is. */
function quoted(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 100 ? `${json.slice(0, 99)}…` : json;
}

function refuse(file: string, fault: string): never {
  throw faulty(file, fault);
}
