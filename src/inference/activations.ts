/** Memory of what passes through a model keep and have at work, counted from its sizes. Weights are not in it. */
import type { Block } from '../architecture/specification.ts';
import { savedShape } from '../onnx/model-graphs.ts';
import { type RuleSet, ruleSets } from '../onnx/rules/registry.ts';
import type { BlockShape, ModelShape, SharesShape } from './model-shape.ts';
import { longestIn, pairsIn, type Span, slicesOf } from './span.ts';

export const floatBytes = 4;

/** Bytes from which on a runner's malloc gives a tensor back at once; smaller ones leave holes. See `runner-process.ts`. */
export const givenBack = 2 ** 30;

/** Bytes of tensors by which V8 lets what nobody needs grow before it collects. */
const uncollected = 2 ** 26;

export class Activations {
  readonly #shape: ModelShape;
  /** Per block, the inputs of a reverse graph, and the outputs of the forward one. */
  readonly #names = new Map<RuleSet | 'paths' | 'forward', string[][]>();

  constructor(shape: ModelShape) {
    this.#shape = shape;
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
    const streams = (this.#shape.model.layerCount + 1) * length * this.#shape.model.width;
    let numbers = streams;
    for (const [layer, block] of this.#shape.model.blocks.entries()) {
      const names = new Set([...(taken?.[layer] ?? []), ...others(block)]);
      for (const name of outputs[layer] ?? []) if (names.has(name)) numbers += this.#size(name, layer, length);
    }
    return floatBytes * rows * numbers;
  }

  /** Bytes of the keys and values of all blocks. */
  past(length: number): number {
    return this.#shape.model.layerCount * this.#keysAndValues(length);
  }

  /** Bytes of what every component makes of each origin in one block, and of its way back in all of them. */
  pathsKept(origins: number, length: number): number {
    return (
      floatBytes * this.#shape.components * length * this.#shape.model.width * (origins + this.#shape.model.layerCount)
    );
  }

  /** Bytes of one block's work on the way forward, or of the target's at its end, beside what it is given and what is kept of it. */
  forwardWork(rows: number, length: number): number {
    const slices = slicesOf(length);
    const work = Math.max(...slices.map((slice) => this.continuationWork(rows, slice)));
    // Masks stay, and what the slices leave is put together.
    const joined = floatBytes * (this.#masks(length) + 6 * rows * this.#shape.widest(length));
    return slices.length === 1 ? work : work + joined + this.#slicesWaste(rows, length);
  }

  /** … of positions that follow others, with the keys and values of these. */
  continuationWork(rows: number, { from, to }: Span): number {
    const length = to - from;
    const block = this.#largestBlock(
      ({ neurons, gate }) =>
        rows *
          (Math.max(3 * this.#shape.pattern(length * to), (gate > 0 ? 5 : 3) * length * neurons) +
            6 * this.#shape.widest(length)) +
        length * to,
    );
    // Keys and values of those before as they are given, and in every row before its own.
    return Math.max(block + (1 + rows) * this.#keysAndValues(from), this.targetWork(rows));
  }

  /** Bytes of the `target` graph's work: logits before and after a softcap, their exponentials, those in float64. */
  targetWork(rows: number): number {
    return floatBytes * 5 * rows * this.#shape.model.vocabularySize;
  }

  /** … and on the way back. */
  reverseWork(rules: RuleSet, rows: number, length: number): number {
    const patterns = ruleSets[rules].pattern === 'HELD' ? 3 : 5;
    const slice = longestIn(length);
    const block = this.#largestBlock(
      ({ neurons, gate }) =>
        rows *
          (Math.max(patterns * this.#shape.pattern(slice * length), (gate > 0 ? 7 : 5) * slice * neurons) +
            8 * this.#shape.widest(length)) +
        this.#masks(length),
    );
    return block + this.#slicesWaste(rows, length);
  }

  /** … and of every component by itself: whole patterns, however long the prompt. */
  pathsWork(origins: number, length: number): number {
    return this.#largestBlock(
      ({ neurons }) =>
        Math.max(3 * this.#shape.pattern(length ** 2), 5 * origins * length * neurons) +
        8 * origins * this.#shape.widest(length) +
        length ** 2,
    );
  }

  /**
   * … and with the shares of tracked tokens beside it. Of patterns: scores and what the mask or the softmax makes of them,
   * with a softcap also what it is added up from; and a hole of one in which what the block before handed on still lies.
   */
  circulationWork({ length, tracked, following, audited }: SharesShape): number {
    const shares = tracked * following;
    const pattern = this.#shape.pattern(length ** 2);
    const holes = floatBytes * pattern < givenBack ? 1 : 0;
    return this.#largestBlock(
      ({ neurons, gate, softcap }) =>
        Math.max(
          ((softcap ? 3 : 2) + holes) * pattern,
          (2 * (length + audited + shares) + (gate > 0 ? 4 : 3) * length) * neurons,
        ) +
        6 * this.#shape.widest(length + shares) +
        length ** 2,
    );
  }

  /** Bytes of streams that blocks have handed on, which nobody needs any more and JavaScript has not collected. */
  passedStreams(layers: number, length: number): number {
    return Math.min(floatBytes * layers * length * this.#shape.model.width, uncollected);
  }

  /** Bytes of one block's whole patterns where those of slices are put together, and of these. */
  joinedPattern(length: number): number {
    if (slicesOf(length).length === 1) return 0;
    return floatBytes * (this.#shape.pattern(length ** 2) + this.#shape.pattern(pairsIn(length)));
  }

  /** Bytes of what every move of one block contributes, and of the patterns that this is read from. */
  movesWork(length: number): number {
    return floatBytes * (3 * this.#shape.pattern(length ** 2) + this.#shape.pattern(pairsIn(length)));
  }

  #largestBlock(numbers: (shape: BlockShape) => number): number {
    return floatBytes * Math.max(...this.#shape.blocks.map(numbers));
  }

  /** Bytes of memory that lies between what is used: the patterns of slices all differ in size. Measured. */
  #slicesWaste(rows: number, length: number): number {
    const slice = longestIn(length);
    return slice === length ? 0 : floatBytes * 2 * rows * this.#shape.pattern(slice * length);
  }

  /** Numbers of the masks of every window that blocks have. */
  #masks(length: number): number {
    return new Set(this.#shape.model.blocks.map(({ attention: { window = length } }) => window)).size * pairsIn(length);
  }

  /** Bytes of those of one block. */
  #keysAndValues(length: number): number {
    const { keyValueHeadCount, headWidth } = this.#shape.model;
    return floatBytes * 2 * length * keyValueHeadCount * headWidth;
  }

  #namesOf(graph: RuleSet | 'paths' | 'forward'): string[][] {
    let names = this.#names.get(graph);
    if (!names) {
      names = this.#shape.model.blocks.map((_, layer) =>
        graph === 'forward' ? [...this.#shape.graphs.forward(layer).outputs] : this.#inputsOf(graph, layer),
      );
      this.#names.set(graph, names);
    }
    return names;
  }

  #inputsOf(graph: RuleSet | 'paths', layer: number): string[] {
    return [...(graph === 'paths' ? this.#shape.graphs.paths(layer) : this.#shape.graphs.reverse(graph, layer)).inputs];
  }

  #size(name: string, layer: number, length: number): number {
    const block = this.#shape.model.blocks[layer] as Block;
    const known: Record<string, number> = {
      rows: 1,
      position: length,
      keys: length,
      neurons: this.#shape.blocks[layer]?.neurons ?? 0,
    };
    return savedShape(this.#shape.model, block, name).reduce<number>(
      (product, size) => product * (typeof size === 'number' ? size : (known[size] ?? 1)),
      1,
    );
  }
}
