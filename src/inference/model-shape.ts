/** A model's sizes that decide what passes through it take: `cost.ts` counts the work, `activations.ts` the memory. */
import { specificationOf } from '../architecture/registry.ts';
import type { ModelSpecification } from '../architecture/specification.ts';
import type { ModelFiles } from '../checkpoint/checkpoint.ts';
import { ModelGraphs } from '../onnx/model-graphs.ts';

/** Numbers of its weights, by what they map to. */
export interface BlockShape {
  readonly query: number;
  /** Keys; values have as many. */
  readonly key: number;
  readonly output: number;
  /** W_in and W_out of the MLP, each; 0 without one. */
  readonly mlp: number;
  /** W_gate. */
  readonly gate: number;
  readonly neurons: number;
  readonly softcap: boolean;
}

/** What goes through the blocks beside the residual stream in a circulation. */
export interface SharesShape {
  /** Positions of the prompt. */
  readonly length: number;
  /** Tokens that are followed, and positions from the first of them on. */
  readonly tracked: number;
  readonly following: number;
  /** Positions at which the rest is followed through a block. */
  readonly audited: number;
  /** Whether it is told what each head carries. */
  readonly heads: boolean;
}

export class ModelShape {
  readonly model: ModelSpecification;
  readonly graphs: ModelGraphs;
  readonly blocks: readonly BlockShape[];

  constructor(files: ModelFiles) {
    this.model = specificationOf(files);
    this.graphs = new ModelGraphs(this.model, { tensors: files.tensors, folder: '/', weights: 'PACKED' });
    const { width, headCount, keyValueHeadCount, headWidth, blocks } = this.model;
    this.blocks = blocks.map(({ attention, mlp }, layer) => {
      const neurons = this.graphs.neuronCount(layer);
      return {
        query: width * headCount * headWidth,
        key: width * keyValueHeadCount * headWidth,
        output: width * headCount * headWidth,
        mlp: width * neurons,
        gate: mlp?.gate ? width * neurons : 0,
        neurons,
        softcap: attention.softcap !== undefined,
      };
    });
  }

  /** Heads and the MLP. */
  get components(): number {
    return this.model.headCount + 1;
  }

  /** Operations of one product of queries with keys, or of patterns with values. @param pairs as of `pattern` */
  square(pairs: number): number {
    const { headCount, headWidth } = this.model;
    return 2 * pairs * headCount * headWidth;
  }

  /** Numbers of the patterns of all heads. @param pairs of a position and one that it may look at */
  pattern(pairs: number): number {
    return pairs * this.model.headCount;
  }

  /** Numbers of a residual stream, or of what all heads have at its positions, where that is more. */
  widest(length: number): number {
    const { width, headCount, headWidth } = this.model;
    return length * Math.max(width, headCount * headWidth);
  }
}
