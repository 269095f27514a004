/** Which tensors a model of a specification has: what `verify.ts` expects, told in advance. */
import type { Block, Linear, ModelSpecification, Norm, QueryKeyNorm } from './specification.ts';

export interface TensorShape {
  readonly shape: readonly number[];
  /** A linear map or an embedding, what a norm multiplies by, or a bias. */
  readonly role: 'MAP' | 'SCALE' | 'BIAS';
  /** Of a map: how many numbers one of its outputs is a sum over. */
  readonly inputs?: number;
  /** Of a scale: what the model adds to it. */
  readonly offset?: number;
}

/** Width of a block's MLP, which its weights tell; 0 where it has none. */
export function neuronsOf(
  { mlp }: Block,
  tensors: Pick<ReadonlyMap<string, { readonly shape: readonly number[] }>, 'get'>,
): number {
  if (!mlp) return 0;
  const { weight, layout } = mlp.output;
  const shape = tensors.get(weight)?.shape ?? [];
  return (layout === 'in,out' ? shape[0] : shape[1]) ?? 0;
}

/** @param neurons width of the MLPs, which a specification leaves to the tensors @returns by name, in the order of the blocks */
export function tensorShapes(model: ModelSpecification, neurons: number): Map<string, TensorShape> {
  const { width, headCount, keyValueHeadCount, headWidth, vocabularySize, embedding, unembedding } = model;
  const tensors = new Map<string, TensorShape>();
  const bias = (name: string | undefined, length: number) => {
    if (name !== undefined) tensors.set(name, { shape: [length], role: 'BIAS' });
  };
  const table = (name: string, rows: number, columns = width) =>
    tensors.set(name, { shape: [rows, columns], role: 'MAP', inputs: columns });
  const linear = ({ weight, bias: own, layout, part }: Linear, inputs: number, outputs: number) => {
    const axis = layout === 'in,out' ? 1 : 0;
    // The last part of a fused weight says how long it is.
    const needed = part === undefined ? outputs : 'start' in part ? part.start + part.length : outputs * part.count;
    const all = Math.max(needed, tensors.get(weight)?.shape[axis] ?? 0);
    tensors.set(weight, { shape: axis === 1 ? [inputs, all] : [all, inputs], role: 'MAP', inputs });
    bias(own, all);
  };
  const scale = (name: string, length: number, offset = 0) =>
    tensors.set(name, { shape: [length], role: 'SCALE', offset });
  const norm = (spec: Norm | undefined) => {
    if (spec?.weight !== undefined) scale(spec.weight, width, spec.weightOffset);
    bias(spec?.bias, width);
  };
  const headNorm = (spec: QueryKeyNorm | undefined, heads: number) => {
    if (!spec) return;
    const length = spec.over === 'HEAD' ? headWidth : heads * headWidth;
    for (const name of [spec.weight].flat()) scale(name, length, spec.weightOffset);
    bias(spec.bias, length);
  };

  table(embedding.token, vocabularySize, embedding.projection?.width);
  if (embedding.projection) linear(embedding.projection.map, embedding.projection.width, width);
  if (embedding.position) table(embedding.position.weight, model.contextLength + embedding.position.offset);
  for (const { attention, mlp } of model.blocks) {
    norm(attention.norm);
    linear(attention.query, width, headCount * headWidth);
    linear(attention.key, width, keyValueHeadCount * headWidth);
    linear(attention.value, width, keyValueHeadCount * headWidth);
    linear(attention.output, headCount * headWidth, width);
    headNorm(attention.queryNorm, headCount);
    headNorm(attention.keyNorm, keyValueHeadCount);
    norm(attention.postNorm);
    if (!mlp) continue;
    norm(mlp.norm);
    linear(mlp.input, width, neurons);
    if (mlp.gate) linear(mlp.gate, width, neurons);
    linear(mlp.output, neurons, width);
    norm(mlp.postNorm);
  }
  norm(unembedding.norm);
  if (unembedding.projection) linear(unembedding.projection.map, width, unembedding.projection.width);
  table(unembedding.weight, vocabularySize, unembedding.projection?.width);
  bias(unembedding.bias, vocabularySize);
  return tensors;
}
