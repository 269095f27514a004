/** What is behind the last block: the final norm and the logits. */
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { concatenated, floats, floatsOf, type Tensor, type Tensors } from '../../inference/tensor.ts';
import { endGraph } from '../../onnx/end-graph.ts';
import type { ActivationTensor, EndActivations, EndRequest } from './result.ts';

/** Rows up to which it is best to read the unembedding as it lies; see `fewTimesTransposed`. */
export const fewRows = 16;
/** Logits that are there at once. */
const mostLogits = 2 ** 22;

/** Rows of which the logits are computed together, at the most. */
export function rowsTogether(vocabularySize: number): number {
  return Math.max(4, Math.floor(mostLogits / vocabularySize));
}

/** @param after the stream after the last block, [position, width] @throws TributaryError CANCELLED between two parts of it */
export async function readEnd(
  model: LoadedModel,
  { scale, logits }: EndRequest,
  after: ActivationTensor,
  gate: Gate,
): Promise<EndActivations> {
  const { specification } = model;
  const [count = 0, width = 0] = after.shape;
  const together = Math.min(count, rowsTogether(specification.vocabularySize));
  const parts = await model.using(
    (files) => endGraph(specification, files, { scale, logits, few: together <= fewRows }),
    'its unembedding',
    async (runGraph) => {
      const found: Tensors[] = [];
      for (let from = 0; from < count; from += together) {
        gate.throwIfCancelled();
        const rows = after.values.subarray(from * width, Math.min(count, from + together) * width);
        found.push(await runGraph({ x: floats(rows, rows.length / width, width) }));
      }
      return found;
    },
  );
  const joined = (name: 'scale' | 'logits'): ActivationTensor => {
    const tensor = concatenated(
      parts.map((part) => part[name] as Tensor),
      0,
    );
    return { shape: tensor.dims, values: floatsOf({ tensor }, 'tensor') };
  };
  return {
    ...(scale && specification.unembedding.norm && { scale: joined('scale') }),
    ...(logits && { logits: joined('logits') }),
  };
}
