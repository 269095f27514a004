/**
 * What passes through a model take, counted from its specification and the shapes of its tensors alone: arithmetic, the
 * weights that are read, and the memory of what is kept. No machine is in these figures; `calibration.ts` makes seconds.
 */

import { specificationOf } from '../architecture/registry.ts';
import type { Block } from '../architecture/specification.ts';
import type { ModelFiles } from '../checkpoint/checkpoint.ts';
import { ModelGraphs, savedShape } from '../onnx/model-graphs.ts';
import { type RuleSet, ruleSets } from '../onnx/rules/registry.ts';
import { longestIn, pairsIn, type Span, slicesOf } from './span.ts';

export interface Cost {
  /** Floating point operations of matrix products, two for each multiplication and addition. */
  readonly flops: number;
  /** Numbers of weights that are read; by every run of a graph anew. */
  readonly weights: number;
  /** Numbers that go through what is no product: norms, activations, softmax, sums, copies. */
  readonly elements: number;
  /** Runs of a graph. */
  readonly runs: number;
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
    }),
    nothing,
  );
}

export function times(count: number, { flops, weights, elements, runs }: Cost): Cost {
  return { flops: count * flops, weights: count * weights, elements: count * elements, runs: count * runs };
}

/** What several take one after the other. */
export function allOf(demands: readonly Demand[]): Demand {
  return {
    cost: sum(...demands.map(({ cost }) => cost)),
    activations: Math.max(0, ...demands.map(({ activations }) => activations)),
  };
}

export const floatBytes = 4;

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

/** A block as far as its cost goes: numbers of its weights, by what they map to. */
interface BlockShape {
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

export class ModelCost {
  readonly #graphs: ModelGraphs;
  readonly #shapes: readonly BlockShape[];
  /** Per block, the inputs of a reverse graph, and the outputs of the forward one. */
  readonly #names = new Map<RuleSet | 'paths' | 'forward', string[][]>();

  constructor(files: ModelFiles) {
    this.#graphs = new ModelGraphs(specificationOf(files), { tensors: files.tensors, folder: '/', weights: 'PACKED' });
    const { width, headCount, keyValueHeadCount, headWidth, blocks } = this.model;
    this.#shapes = blocks.map(({ attention, mlp }, layer) => {
      const neurons = this.#graphs.neuronCount(layer);
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

  get model() {
    return this.#graphs.model;
  }

  /**
   * The model's own pass.
   * @param rows prompts of `length` tokens side by side
   * @param read at how many positions the stream after the last block is
   */
  forward(rows: number, length: number, read = length): Cost {
    const whole = sum(...slicesOf(length).map((slice) => this.continuation(rows, slice)));
    return { ...whole, flops: whole.flops - this.#unread(rows * (length - read), ({ mlp, gate }) => 2 * mlp + gate) };
  }

  /** Positions that follow others. @param rows runs side by side @param read as of `forward` */
  continuation(rows: number, { from, to }: Span, read = to - from): Cost {
    const length = to - from;
    const whole = this.#overBlocks(({ query, key, output, mlp, gate, neurons }) => {
      const maps = query + 2 * key + output + 2 * mlp + gate;
      return {
        flops: rows * (2 * length * maps + 2 * this.#square(length * to)),
        weights: maps,
        elements: rows * (this.#streams(length, neurons, gate > 0) + 3 * this.#pattern(length * to)),
        runs: 1,
      };
    });
    return { ...whole, flops: whole.flops - this.#unread(rows * (length - read), ({ mlp, gate }) => 2 * mlp + gate) };
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
        flops: rows * (2 * length * maps + squares * this.#square(pairsIn(length))),
        weights: runs * maps,
        elements:
          rows *
          (2 * this.#streams(length, neurons, gate > 0) + (throughPattern ? 8 : 3) * this.#pattern(pairsIn(length))),
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
          (2 + audited / length) * this.#square(length ** 2) +
          tracked * this.#square(following ** 2) +
          (heads ? 2 * (shares + width) * headCount * headWidth ** 2 : 0),
        weights: query + 2 * key + output + 2 * mlp + gate,
        elements:
          this.#streams(alongside, neurons, gate > 0) +
          2 * alongside * neurons +
          6 * this.#widest(length) +
          3 * this.#pattern(length ** 2) +
          this.#pattern(following ** 2),
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
    const components = this.#components;
    const parts = this.#overBlocks(({ key, output, mlp, neurons, gate }) => ({
      flops:
        2 * length * (origins * (key + output + 2 * mlp) + 2 * output + 2 * mlp) +
        (origins + 2) * this.#square(length ** 2),
      weights: key + output + 2 * mlp,
      elements:
        (origins + 1) * (this.#streams(length, neurons, gate > 0) + 2 * components * length * width) +
        3 * this.#pattern(length ** 2),
      runs: 1,
    }));
    // A block with those above it, with the target, and within itself.
    const pairs = (layerCount * (layerCount - 1)) / 2 + layerCount;
    const met = origins * components * (pairs * components + layerCount);
    const runs = pairs + layerCount;
    return sum(parts, { flops: 2 * met * length * width, weights: 0, elements: 2 * components * runs * length, runs });
  }

  /** Bytes of what every component makes of each origin in one block, and of its way back in all of them. */
  pathsKept(origins: number, length: number): number {
    return floatBytes * this.#components * length * this.model.width * (origins + this.model.layerCount);
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

  embedding(length: number): Cost {
    return { ...nothing, elements: 3 * length * this.model.width, runs: 1 };
  }

  /** ⟨grad, x⟩ at every position. */
  scores(length: number): Cost {
    return { ...nothing, elements: 2 * length * this.model.width, runs: 1 };
  }

  /** The exact share of every move of every head, in every block. */
  moves(length: number): Cost {
    return this.#overBlocks(() => ({
      flops: this.#square(length ** 2),
      weights: 0,
      elements: 3 * this.#pattern(length ** 2),
      runs: 1,
    }));
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

  /**
   * Bytes that a forward pass keeps until its way back: of each block its input, what the reverse graph takes, and what is
   * wanted beside; at the end the last stream.
   * @param rules of the way back, or the one of paths; absent: nothing is taken back
   * @param others names of further outputs of the forward graph
   */
  kept(
    rules: RuleSet | 'paths' | undefined,
    rows: number,
    length: number,
    others: (block: Block) => readonly string[],
  ): number {
    const taken = rules && this.#namesOf(rules);
    const outputs = this.#namesOf('forward');
    const streams = (this.model.layerCount + 1) * length * this.model.width;
    let numbers = streams;
    for (const [layer, block] of this.model.blocks.entries()) {
      const names = new Set([...(taken?.[layer] ?? []), ...others(block)]);
      for (const name of outputs[layer] ?? []) if (names.has(name)) numbers += this.#size(name, layer, length);
    }
    return floatBytes * rows * numbers;
  }

  /** Bytes of the keys and values of all blocks. */
  past(length: number): number {
    return this.model.layerCount * this.#keysAndValues(length);
  }

  /** Bytes of one block's work on the way forward, or of the target's at its end, beside what it is given and what is kept of it. */
  forwardWork(rows: number, length: number): number {
    const slices = slicesOf(length);
    const work = Math.max(...slices.map((slice) => this.continuationWork(rows, slice)));
    // Masks stay, and what the slices leave is put together.
    const joined = floatBytes * (this.#masks(length) + 6 * rows * this.#widest(length));
    return slices.length === 1 ? work : work + joined + this.#slicesWaste(rows, length);
  }

  /** … of positions that follow others, with the keys and values of these. */
  continuationWork(rows: number, { from, to }: Span): number {
    const length = to - from;
    const block = this.#largestBlock(
      ({ neurons, gate }) =>
        rows *
          (Math.max(3 * this.#pattern(length * to), (gate > 0 ? 5 : 3) * length * neurons) + 6 * this.#widest(length)) +
        length * to,
    );
    // Keys and values of those before as they are given, and in every row before its own.
    return Math.max(block + (1 + rows) * this.#keysAndValues(from), this.targetWork(rows));
  }

  /** Bytes of the `target` graph's work: logits before and after a softcap, their exponentials, those in float64. */
  targetWork(rows: number): number {
    return floatBytes * 5 * rows * this.model.vocabularySize;
  }

  /** … and on the way back. */
  reverseWork(rules: RuleSet, rows: number, length: number): number {
    const patterns = ruleSets[rules].pattern === 'HELD' ? 3 : 5;
    const slice = longestIn(length);
    const block = this.#largestBlock(
      ({ neurons, gate }) =>
        rows *
          (Math.max(patterns * this.#pattern(slice * length), (gate > 0 ? 7 : 5) * slice * neurons) +
            8 * this.#widest(length)) +
        this.#masks(length),
    );
    return block + this.#slicesWaste(rows, length);
  }

  /** … and of every component by itself: whole patterns, however long the prompt. */
  pathsWork(origins: number, length: number): number {
    return this.#largestBlock(
      ({ neurons }) =>
        Math.max(3 * this.#pattern(length ** 2), 5 * origins * length * neurons) +
        8 * origins * this.#widest(length) +
        length ** 2,
    );
  }

  /** Bytes of one block's whole patterns where those of slices are put together, and of these. */
  joinedPattern(length: number): number {
    if (slicesOf(length).length === 1) return 0;
    return floatBytes * (this.#pattern(length ** 2) + this.#pattern(pairsIn(length)));
  }

  /** Bytes of what every move of one block contributes, and of the patterns that this is read from. */
  movesWork(length: number): number {
    return floatBytes * (3 * this.#pattern(length ** 2) + this.#pattern(pairsIn(length)));
  }

  /** … and with the shares of tracked tokens beside it. */
  circulationWork({ length, tracked, following, audited }: SharesShape): number {
    const shares = tracked * following;
    return this.#largestBlock(
      ({ neurons, gate }) =>
        Math.max(
          3 * this.#pattern(length ** 2),
          (2 * (length + audited + shares) + (gate > 0 ? 4 : 3) * length) * neurons,
        ) +
        6 * this.#widest(length + shares) +
        length ** 2,
    );
  }

  /** Heads and the MLP. */
  get #components(): number {
    return this.model.headCount + 1;
  }

  #overBlocks(cost: (shape: BlockShape, layer: number) => Cost, layers = this.#shapes.length): Cost {
    return sum(...this.#shapes.slice(0, layers).map(cost));
  }

  #largestBlock(numbers: (shape: BlockShape) => number): number {
    return floatBytes * Math.max(...this.#shapes.map(numbers));
  }

  /** Operations of the last block's MLP at so many positions, by the maps that it has. */
  #unread(positions: number, maps: (shape: BlockShape) => number): number {
    return this.#shapes.slice(-1).reduce((flops, shape) => flops + 2 * positions * maps(shape), 0);
  }

  /** Operations of one product of queries with keys, or of patterns with values. @param pairs as of `#pattern` */
  #square(pairs: number): number {
    const { headCount, headWidth } = this.model;
    return 2 * pairs * headCount * headWidth;
  }

  /** @param pairs of a position and one that it may look at */
  #pattern(pairs: number): number {
    return pairs * this.model.headCount;
  }

  /** Bytes of memory that lies between what is used: the patterns of slices all differ in size. Measured. */
  #slicesWaste(rows: number, length: number): number {
    const slice = longestIn(length);
    return slice === length ? 0 : floatBytes * 2 * rows * this.#pattern(slice * length);
  }

  /** Numbers of the masks of every window that blocks have. */
  #masks(length: number): number {
    return new Set(this.model.blocks.map(({ attention: { window = length } }) => window)).size * pairsIn(length);
  }

  /** Bytes of those of one block. */
  #keysAndValues(length: number): number {
    const { keyValueHeadCount, headWidth } = this.model;
    return floatBytes * 2 * length * keyValueHeadCount * headWidth;
  }

  /** What norms, heads and neurons of one row pass through, about: each a few times. */
  #streams(length: number, neurons: number, gated: boolean): number {
    return 10 * this.#widest(length) + (gated ? 4 : 2) * length * neurons;
  }

  #widest(length: number): number {
    const { width, headCount, headWidth } = this.model;
    return length * Math.max(width, headCount * headWidth);
  }

  #namesOf(graph: RuleSet | 'paths' | 'forward'): string[][] {
    let names = this.#names.get(graph);
    if (!names) {
      names = this.model.blocks.map((_, layer) =>
        graph === 'forward' ? [...this.#graphs.forward(layer).outputs] : this.#inputsOf(graph, layer),
      );
      this.#names.set(graph, names);
    }
    return names;
  }

  #inputsOf(graph: RuleSet | 'paths', layer: number): string[] {
    return [...(graph === 'paths' ? this.#graphs.paths(layer) : this.#graphs.reverse(graph, layer)).inputs];
  }

  #size(name: string, layer: number, length: number): number {
    const block = this.model.blocks[layer] as Block;
    const known: Record<string, number> = {
      rows: 1,
      position: length,
      keys: length,
      neurons: this.#shapes[layer]?.neurons ?? 0,
    };
    return savedShape(this.model, block, name).reduce<number>(
      (product, size) => product * (typeof size === 'number' ? size : (known[size] ?? 1)),
      1,
    );
  }
}
