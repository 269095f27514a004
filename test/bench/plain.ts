/** What tracing is measured against: the whole model as one onnxruntime graph that saves nothing on the way. */
import type { ModelSpecification } from '../../src/architecture/specification.ts';
import type { TensorEntry } from '../../src/checkpoint/types.ts';
import { openSession } from '../../src/inference/session.ts';
import { embed, unembed } from '../../src/onnx/ends.ts';
import { forwardBlock } from '../../src/onnx/forward.ts';
import { Graph } from '../../src/onnx/writer.ts';

/**
 * A graph from `ids`, `positions` and `mask` to `logits`, of models whose blocks all look as far and do not rotate.
 * @param rows logits of every position, as models are exported, or of the last alone
 */
export function plainModel(
  model: ModelSpecification,
  tensors: ReadonlyMap<string, TensorEntry>,
  folder: string,
  threads: number,
  rows: 'ALL' | 'LAST',
) {
  const g = new Graph(`plain_${rows}`, { tensors, folder, weights: 'PACKED' });
  let { x } = embed(g, model);
  const mask = g.input('mask', 'F32', ['position', 'position']);
  for (const block of model.blocks) x = forwardBlock(g, model, block, x, { mask }).post;
  const last = g.op('Slice', [x, g.integers(-1), g.integers(Number.MAX_SAFE_INTEGER), g.integers(1)]);
  g.output('logits', unembed(g, model, rows === 'ALL' ? x : last).logits);
  return openSession(g.toBytes().bytes, { folder, threads, packed: true });
}
