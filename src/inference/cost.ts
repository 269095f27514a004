/**
 * What passes through a model take, counted from its specification and the shapes of its tensors alone: arithmetic and the
 * weights that are read; beside it the memory, see `activations.ts`. No machine is in these figures; `calibration.ts` makes
 * seconds.
 */

import type { ModelFiles } from '../checkpoint/checkpoint.ts';
import { type RuleSet, ruleSets } from '../onnx/rules/registry.ts';
import { Activations } from './activations.ts';
import { type BlockShape, ModelShape, type SharesShape } from './model-shape.ts';
import { pairsIn, type Span, slicesOf } from './span.ts';

export interface Cost {
  /** Floating point operations of matrix products, two for each multiplication and addition. */
  readonly flops: number;
  /** Numbers of weights that are read; by every run of a graph anew. */
  readonly weights: number;
  /** Numbers that go through what is no product: norms, activations, softmax, sums, copies. */
  readonly elements: number;
  /** Runs of a graph. */
  readonly runs: number;
  /** Sessions that are made for it alone and given back, about as large as a block's; absent: none. */
  readonly sessions?: number;
}

/** What a job takes beside its model's weights. */
export interface Demand {
  readonly cost: Cost;
  /** Bytes that are held at once at the most: what is kept for the way back, one block's work, and the answer. */
  readonly activations: number;
}

export const nothing: Cost = { flops: 0, weights: 0, elements: 0, runs: 0 };

export function sum(...costs: readonly Cost[]): Cost {
  return costs.reduce(
    (total, cost) => ({
      flops: total.flops + cost.flops,
      weights: total.weights + cost.weights,
      elements: total.elements + cost.elements,
      runs: total.runs + cost.runs,
      ...sessionsOf((total.sessions ?? 0) + (cost.sessions ?? 0)),
    }),
    nothing,
  );
}

export function times(count: number, { flops, weights, elements, runs, sessions = 0 }: Cost): Cost {
  return {
    flops: count * flops,
    weights: count * weights,
    elements: count * elements,
    runs: count * runs,
    ...sessionsOf(count * sessions),
  };
}

function sessionsOf(sessions: number): Pick<Cost, 'sessions'> {
  return sessions > 0 ? { sessions } : {};
}

/** What several take one after the other. */
export function allOf(demands: readonly Demand[]): Demand {
  return {
    cost: sum(...demands.map(({ cost }) => cost)),
    activations: Math.max(0, ...demands.map(({ activations }) => activations)),
  };
}

/** Numbers in an MLP's maps. */
const mlpMaps = ({ mlp, gate }: BlockShape) => 2 * mlp + gate;

export class ModelCost {
  readonly activations: Activations;
  readonly #shape: ModelShape;

  constructor(files: ModelFiles) {
    this.#shape = new ModelShape(files);
    this.activations = new Activations(this.#shape);
  }

  get model() {
    return this.#shape.model;
  }

  /** Width of each block's MLP; 0 where it has none. */
  get neurons(): number[] {
    return this.#shape.blocks.map(({ neurons }) => neurons);
  }

  /**
   * The model's own pass.
   * @param rows prompts of `length` tokens side by side
   * @param read at how many positions the stream after the last block is
   * @param layers only so many of the first blocks
   */
  forward(rows: number, length: number, read = length, layers = this.#shape.blocks.length): Cost {
    const whole = sum(...slicesOf(length).map((slice) => this.#following(rows, slice, layers)));
    return { ...whole, flops: whole.flops - this.#unread(rows * (length - read), mlpMaps, layers) };
  }

  /** Positions that follow others. @param rows runs side by side @param read as of `forward` */
  continuation(rows: number, { from, to }: Span, read = to - from): Cost {
    const whole = this.#following(rows, { from, to }, this.#shape.blocks.length);
    return { ...whole, flops: whole.flops - this.#unread(rows * (to - from - read), mlpMaps) };
  }

  #following(rows: number, { from, to }: Span, layers: number): Cost {
    const length = to - from;
    return this.#overBlocks(({ query, key, output, mlp, gate, neurons }) => {
      const maps = query + 2 * key + output + 2 * mlp + gate;
      return {
        flops: rows * (2 * length * maps + 2 * this.#shape.square(length * to)),
        weights: maps,
        elements: rows * (this.#streams(length, neurons, gate > 0) + 3 * this.#shape.pattern(length * to)),
        runs: 1,
      };
    }, layers);
  }

  /** The pass back: every map that the rules let the target through, transposed. @param read as of `forward` */
  reverse(rules: RuleSet, rows: number, length: number, read = length): Cost {
    const { pattern, product } = ruleSets[rules];
    const throughPattern = pattern !== 'HELD';
    const runs = slicesOf(length).length;
    const neural = ({ mlp, gate }: BlockShape) => 2 * mlp + (product === 'HELD' ? 0 : gate);
    const whole = this.#overBlocks((shape) => {
      const { query, key, output, neurons, gate, softcap } = shape;
      const maps = key + output + neural(shape) + (throughPattern ? query + key : 0);
      // The scores again, and Aᵀg; g·vᵀ and the scores to queries and to keys; the scores once more for the slope of their cap.
      const squares = 2 + (throughPattern ? 3 + (softcap ? 1 : 0) : 0);
      return {
        flops: rows * (2 * length * maps + squares * this.#shape.square(pairsIn(length))),
        weights: runs * maps,
        elements:
          rows *
          (2 * this.#streams(length, neurons, gate > 0) +
            (throughPattern ? 8 : 3) * this.#shape.pattern(pairsIn(length))),
        runs,
      };
    });
    return { ...whole, flops: whole.flops - this.#unread(rows * (length - read), neural) };
  }

  /**
   * The model's own pass with the shares of tracked tokens beside it, from the first tracked position on, and at some
   * positions the rest; its values at all. With the norms of what each head carries, where they are wanted.
   */
  circulation({ length, tracked, following, audited, heads }: SharesShape, layers: number): Cost {
    const { width, headCount, headWidth } = this.model;
    const shares = tracked * following;
    return this.#overBlocks(({ query, key, output, mlp, gate, neurons }) => {
      const alongside = length + audited + shares;
      return {
        flops:
          2 * length * (query + key + gate) +
          2 * (2 * length + shares) * key +
          2 * alongside * (output + 2 * mlp) +
          (2 + audited / length) * this.#shape.square(length ** 2) +
          tracked * this.#shape.square(following ** 2) +
          (heads ? 2 * (shares + width) * headCount * headWidth ** 2 : 0),
        weights: query + 2 * key + output + 2 * mlp + gate,
        elements:
          this.#streams(alongside, neurons, gate > 0) +
          2 * alongside * neurons +
          6 * this.#shape.widest(length) +
          3 * this.#shape.pattern(length ** 2) +
          this.#shape.pattern(following ** 2),
        runs: 1,
      };
    }, layers);
  }

  /**
   * Every head and MLP of a block by itself, from what enters the model and back from what leaves it; then each with all
   * later ones. @param origins where the paths begin, each a row
   */
  paths(origins: number, length: number): Cost {
    const { width, layerCount } = this.model;
    const components = this.#shape.components;
    const parts = this.#overBlocks(({ key, output, mlp, neurons, gate }) => ({
      flops:
        2 * length * (origins * (key + output + 2 * mlp) + 2 * output + 2 * mlp) +
        (origins + 2) * this.#shape.square(length ** 2),
      weights: key + output + 2 * mlp,
      elements:
        (origins + 1) * (this.#streams(length, neurons, gate > 0) + 2 * components * length * width) +
        3 * this.#shape.pattern(length ** 2),
      runs: 1,
    }));
    // A block with those above it, with the target, and within itself.
    const pairs = (layerCount * (layerCount - 1)) / 2 + layerCount;
    const met = origins * components * (pairs * components + layerCount);
    const runs = pairs + layerCount;
    return sum(parts, { flops: 2 * met * length * width, weights: 0, elements: 2 * components * runs * length, runs });
  }

  /** What the `target` graph is asked about so many positions. */
  target(rows: number): Cost {
    const {
      width,
      vocabularySize,
      unembedding: { projection },
    } = this.model;
    const table = projection?.width ?? width;
    const unembedding = table * vocabularySize + (projection ? width * table : 0);
    return { flops: 2 * rows * unembedding, weights: unembedding, elements: 6 * rows * vocabularySize, runs: 1 };
  }

  /** What every block writes straight to so many targets, by the `direct` graphs. */
  direct(targets: number): Cost {
    return this.#overBlocks(({ output }) => ({
      flops: 2 * targets * output,
      weights: output,
      elements: 4 * targets * this.#shape.widest(1),
      runs: 1,
    }));
  }

  embedding(length: number): Cost {
    return { ...nothing, elements: 3 * length * this.model.width, runs: 1 };
  }

  /** ⟨grad, x⟩ at every position. */
  scores(length: number): Cost {
    return { ...nothing, elements: 2 * length * this.model.width, runs: 1 };
  }

  /** The exact share of every move of every head to so many positions, in every block. */
  moves(length: number, to = length): Cost {
    return this.#overBlocks(() => ({
      flops: this.#shape.square(length * to),
      weights: 0,
      elements: 2 * this.#shape.pattern(length * to),
      runs: 1,
    }));
  }

  /** A marginal of them, or the strongest. */
  movesRead(length: number, to = length): Cost {
    return this.#overBlocks(() => ({ ...nothing, elements: this.#shape.pattern(length * to) }));
  }

  /** Graphs that read something of every block that is no larger than its streams. */
  readouts(length: number, runs: number): Cost {
    return this.#overBlocks(({ neurons, gate }) => ({
      flops: 0,
      weights: 0,
      elements: runs * this.#streams(length, neurons, gate > 0),
      runs,
    }));
  }

  #overBlocks(cost: (shape: BlockShape, layer: number) => Cost, layers = this.#shape.blocks.length): Cost {
    return sum(...this.#shape.blocks.slice(0, layers).map(cost));
  }

  /** Operations of the last block's MLP at so many positions, by the maps that it has. @param layers how many blocks are run */
  #unread(positions: number, maps: (shape: BlockShape) => number, layers = this.#shape.blocks.length): number {
    const last = this.#shape.blocks[layers - 1];
    return last ? 2 * positions * maps(last) : 0;
  }

  /** What norms, heads and neurons of one row pass through, about: each a few times. */
  #streams(length: number, neurons: number, gated: boolean): number {
    return 10 * this.#shape.widest(length) + (gated ? 4 : 2) * length * neurons;
  }
}
