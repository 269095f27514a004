/** Weights in several files, as Hugging Face lays them out: `model-00001-of-00003.safetensors`, …, and an index. */

/** Bytes that `save_pretrained` has long put into one file at the most. */
export const shardBytes = 5e9;

export interface Shard<Tensor> {
  /** The file's name. */
  readonly file: string;
  readonly tensors: readonly Tensor[];
}

/**
 * Tensors stay in order, and none is divided: one that is larger than the limit has a file for itself.
 * @param limit bytes of one file
 * @returns one `model.safetensors` where all fit in
 */
export function shardsOf<Tensor>(
  tensors: readonly Tensor[],
  bytesOf: (tensor: Tensor) => number,
  limit: number,
): Shard<Tensor>[] {
  const shards: Tensor[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const shard = shards.at(-1) as Tensor[];
    bytes += bytesOf(tensor);
    if (bytes <= limit || shard.length === 0) shard.push(tensor);
    else {
      shards.push([tensor]);
      bytes = bytesOf(tensor);
    }
  }
  if (shards.length === 1) return [{ file: 'model.safetensors', tensors }];
  const five = (number: number) => String(number).padStart(5, '0');
  return shards.map((tensors, index) => ({
    file: `model-${five(index + 1)}-of-${five(shards.length)}.safetensors`,
    tensors,
  }));
}

/** What `model.safetensors.index.json` says of the shards. @param bytes of all tensors together */
export function indexOf(shards: readonly Shard<{ readonly name: string }>[], bytes: number): object {
  return {
    metadata: { total_size: bytes },
    weight_map: Object.fromEntries(shards.flatMap(({ file, tensors }) => tensors.map(({ name }) => [name, file]))),
  };
}
