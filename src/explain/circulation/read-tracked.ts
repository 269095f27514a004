/** What the circulation graph of a block tells of each tracked token. */
import { at } from '../../inference/rows.ts';
import { floatsOf, type Tensors } from '../../inference/tensor.ts';
import type { CirculationRequest, TokenCirculationResult } from './event.ts';
import { firstTracked } from './places.ts';

export function readTracked(out: Tensors, request: CirculationRequest): TokenCirculationResult[] {
  const { inputIds, track } = request;
  const length = inputIds.length;
  const start = firstTracked(request);
  return track.map((position, index) => {
    /** Of an output by token; undefined of one that is not wanted, or that there is not without an MLP. */
    const part = (name: string): Float32Array | undefined => {
      const values = out[name] ? floatsOf(out, name) : new Float32Array();
      if (values.length === 0) return undefined;
      const size = values.length / track.length;
      return values.subarray(index * size, (index + 1) * size);
    };
    const followed = (name: string) => fromStart(part(name), start, length);
    const none = new Float32Array(length);
    return {
      position,
      share: followed('share') ?? none,
      norm: followed('norm') ?? none,
      throughAttention: followed('through_attention') ?? none,
      throughMlp: followed('through_mlp') ?? none,
      heads: followed('heads'),
      paid: part('paid'),
      received: part('received'),
      movement: at(floatsOf(out, 'movement'), index),
      attentionNorm: at(floatsOf(out, 'attention_norm'), index),
      mlpNorm: out.mlp_norm ? at(floatsOf(out, 'mlp_norm'), index) : 0,
    };
  });
}

/** Rows over the positions from `start` on, as rows over all: the others are zero. */
function fromStart(values: Float32Array | undefined, start: number, length: number): Float32Array | undefined {
  if (!values) return undefined;
  const following = length - start;
  const rows = values.length / following;
  const all = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++)
    all.set(values.subarray(row * following, (row + 1) * following), row * length + start);
  return all;
}
