/** Results that are no finite numbers, and which weight they come from. */
import { faulty } from '../checkpoint/faulty.ts';
import { readTensor } from '../checkpoint/read-tensor.ts';
import type { TensorEntry } from '../checkpoint/types.ts';
import type { TributaryError } from '../errors.ts';
import { at } from './rows.ts';
import type { Tensor } from './tensor.ts';

/** Bytes of a tensor that are looked at together. */
const piece = 1 << 24;

export function allFinite({ data }: Tensor): boolean {
  if (!(data instanceof Float32Array)) return true;
  // A plain loop: after every graph it goes through all that was computed.
  for (let index = 0; index < data.length; index++) if (!Number.isFinite(data[index])) return false;
  return true;
}

/**
 * The error of a model whose results are not finite. Only now are its weights looked through: that takes as long as to
 * read them all.
 * @param weights those that the model computes with @param where they became so, for the case that all weights are sound
 */
export async function notFinite(
  folder: string,
  weights: Iterable<TensorEntry>,
  where: string,
): Promise<TributaryError> {
  for (const weight of weights) {
    const found = await firstNotFinite(weight);
    if (!found) continue;
    const { name, file, shape } = weight;
    return faulty(
      file,
      `holds ${found.value} in tensor ${JSON.stringify(name)} at [${placeOf(found.index, shape).join(', ')}]; weights must be finite numbers: the file is damaged, or its training had diverged`,
    );
  }
  return faulty(
    folder,
    `cannot be computed with: ${where} overflows what float32 holds, though every weight is finite`,
  );
}

async function firstNotFinite(weight: TensorEntry): Promise<{ index: number; value: number } | undefined> {
  let before = 0;
  for (let start = 0; start < weight.length; start += piece) {
    const length = Math.min(piece, weight.length - start);
    const values = await readTensor({ ...weight, offset: weight.offset + start, length });
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index !== -1) return { index: before + index, value: at(values, index) };
    before += values.length;
  }
  return undefined;
}

/** Of a row-major index, along each axis. */
function placeOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  const fromTheLast = shape.toReversed().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return at;
  });
  return fromTheLast.toReversed();
}
