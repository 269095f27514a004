/** The end of a model over rows of its residual stream, for what is told of it. */
import type { ModelSpecification } from '../architecture/specification.ts';
import { reshape } from './algebra.ts';
import { softcap, unembed } from './ends.ts';
import { fewTimesTransposed, timesTransposed } from './pieces.ts';
import { Graph, type GraphBytes, type Value, type WeightFiles } from './writer.ts';

export interface EndGraph {
  readonly scale: boolean;
  readonly logits: boolean;
  /** Whether there are so few rows that the unembedding is best read as it lies; see `fewTimesTransposed`. */
  readonly few: boolean;
}

/** Input `x` [rows, width]. Outputs `scale` [rows], √(variance + ε) of the final norm where there is one; `logits` [rows, vocabulary]. */
export function endGraph(model: ModelSpecification, files: WeightFiles, { scale, logits, few }: EndGraph): GraphBytes {
  const g = new Graph('end', files);
  const end = logitsOf(g, model, few);
  if (scale && end.scale) g.output('scale', reshape(g, g.op('Reciprocal', [end.scale]), -1));
  if (logits) g.output('logits', end.capped);
  return g.toBytes();
}

/** Input `x` [rows, width]. @returns logits after a softcap, [rows, vocabulary], and what the final norm multiplies by */
export function logitsOf(
  g: Graph,
  model: ModelSpecification,
  few: boolean,
): { readonly capped: Value; readonly scale: Value | undefined } {
  const x = g.input('x', 'F32', ['rows', model.width]);
  const { logits, scale } = few
    ? unembed(g, model, reshape(g, x, -1, 1, model.width), fewTimesTransposed)
    : unembed(g, model, reshape(g, x, 1, -1, model.width), timesTransposed);
  return { capped: softcap(g, model, few ? logits : g.op('Squeeze', [logits, g.integers(0)])), scale };
}
