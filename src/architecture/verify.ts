/** Does the checkpoint hold what its configuration promises, and nothing else? Checked before anything is loaded. */
import { faulty } from '../checkpoint/faulty.ts';
import type { TensorEntry } from '../checkpoint/types.ts';
import type { Linear, ModelSpecification, Norm, QueryKeyNorm } from './specification.ts';
import { tensorShapes } from './tensor-shapes.ts';

/**
 * What files of the hub hold beside weights, and transformers computes or leaves aside as well: what fills causal masks,
 * the frequencies of rotations, ids of positions, fairseq's version, towers that read images, and value heads of
 * reinforcement learning.
 */
const besideWeights = [
  /\b(attn|attention)\.masked_bias$/,
  /\brotary_emb\.inv_freq$/,
  /\bposition_ids$/,
  /\bdecoder\.version$/,
  /^(model\.)?(vision_tower|vision_model|multi_modal_projector)\./,
  /^v_head\./,
];
const mask = /\b(attn|attention)\.bias$/;

/**
 * @throws TributaryError CHECKPOINT naming every tensor that is missing, has another shape than the configuration says, or
 *   would not be read
 */
export function verifyTensors(
  model: ModelSpecification,
  tensors: ReadonlyMap<string, TensorEntry>,
  folder: string,
): void {
  const faults: string[] = [];
  const expect = (name: string | undefined, ...shape: (number | undefined)[]) => {
    if (name === undefined) return;
    const entry = tensors.get(name);
    const wanted = shape.map((size) => size ?? 'any').join(', ');
    if (!entry) faults.push(`tensor ${name} [${wanted}] is missing`);
    else if (
      entry.shape.length !== shape.length ||
      shape.some((size, axis) => size !== undefined && size !== entry.shape[axis])
    ) {
      faults.push(`tensor ${name} has shape [${entry.shape.join(', ')}] where the configuration says [${wanted}]`);
    }
  };
  const linear = (map: Linear, input: number | undefined, output: number | undefined) => {
    const { part } = map;
    // Of a fused weight only its own part is known here; the parts together are checked by the longest.
    const outputs = part === undefined ? output : undefined;
    expect(map.weight, ...(map.layout === 'in,out' ? [input, outputs] : [outputs, input]));
    expect(map.bias, outputs);
    const rows = tensors.get(map.weight)?.shape[map.layout === 'in,out' ? 1 : 0] ?? 0;
    const needed = part === undefined ? 0 : 'start' in part ? part.start + part.length : (output ?? 0) * part.count;
    if (tensors.has(map.weight) && rows < needed)
      faults.push(`tensor ${map.weight} has ${rows} outputs where the configuration needs ${needed}`);
    const biases = map.bias === undefined ? rows : (tensors.get(map.bias)?.shape[0] ?? rows);
    if (biases !== rows) faults.push(`tensor ${map.bias} has ${biases} values where ${map.weight} has ${rows} outputs`);
  };
  const norm = (spec: Norm | undefined, width: number) => {
    expect(spec?.weight, width);
    expect(spec?.bias, width);
  };
  const headNorm = (spec: QueryKeyNorm | undefined, heads: number) => {
    if (!spec) return;
    const width = spec.over === 'HEAD' ? model.headWidth : heads * model.headWidth;
    for (const name of typeof spec.weight === 'string' ? [spec.weight] : spec.weight) expect(name, width);
    expect(spec.bias, width);
  };

  const { width, headCount, keyValueHeadCount, headWidth, vocabularySize, embedding, unembedding } = model;
  if (!Number.isInteger(headWidth)) faults.push(`the width ${width} cannot be divided into ${headCount} heads`);
  if (headCount % keyValueHeadCount !== 0)
    faults.push(`${headCount} query heads cannot share ${keyValueHeadCount} key/value heads evenly`);
  expect(embedding.token, vocabularySize, embedding.projection?.width ?? width);
  if (embedding.projection) linear(embedding.projection.map, embedding.projection.width, width);
  if (embedding.position) expect(embedding.position.weight, model.contextLength + embedding.position.offset, width);
  for (const { attention, mlp } of model.blocks) {
    norm(attention.norm, width);
    norm(attention.postNorm, width);
    linear(attention.query, width, headCount * headWidth);
    linear(attention.key, width, keyValueHeadCount * headWidth);
    linear(attention.value, width, keyValueHeadCount * headWidth);
    linear(attention.output, headCount * headWidth, width);
    headNorm(attention.queryNorm, headCount);
    headNorm(attention.keyNorm, keyValueHeadCount);
    if (!mlp) continue;
    norm(mlp.norm, width);
    norm(mlp.postNorm, width);
    const neurons = tensors.get(mlp.output.weight)?.shape[mlp.output.layout === 'in,out' ? 0 : 1];
    linear(mlp.output, neurons, width);
    linear(mlp.input, width, neurons);
    if (mlp.gate) linear(mlp.gate, width, neurons);
  }
  norm(unembedding.norm, width);
  if (unembedding.projection) linear(unembedding.projection.map, width, unembedding.projection.width);
  expect(unembedding.weight, vocabularySize, unembedding.projection?.width ?? width);
  expect(unembedding.bias, vocabularySize);
  const read = tensorShapes(model, 0);
  const unread = [...tensors.values()].filter((tensor) => !read.has(tensor.name) && !isBesideWeights(tensor));
  for (const { name } of unread)
    faults.push(`tensor ${name} is there, which a ${model.architecture} model as configured does not read`);
  if (faults.length === 0) return;
  const shown = faults.slice(0, 5).join('; ');
  const more = faults.length > 5 ? `; and ${faults.length - 5} more` : '';
  const right = unread.length > 0 ? ' (adapters must be merged, quantised weights converted before)' : '';
  throw faulty(
    folder,
    `does not hold a ${model.architecture} model as its config.json describes: ${shown}${more}${right}`,
  );
}

/** A causal mask is named as a bias, but has an axis for each of batch, heads, and both positions. */
function isBesideWeights({ name, shape }: TensorEntry): boolean {
  return besideWeights.some((pattern) => pattern.test(name)) || (mask.test(name) && shape.length === 4);
}
