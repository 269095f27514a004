/**
 * Graphs over weights alone: what heads copy, and how strongly one reads what another wrote. Sources: Elhage et al. 2021,
 * *A Mathematical Framework for Transformer Circuits*, "Summarizing OV/QK Matrices" and "Composition".
 *
 * Rows are vectors, as everywhere. A head reads the stream through the linear part N of its block's norm and writes to
 * it through that of the post norm, N', where there is one:
 *
 *     V, Q, K [width, headWidth] = N·W_V, N·W_Q, N·W_K    O [headWidth, width] = W_O·N'    OV = V·O    QK = Q·Kᵀ
 *
 * Where norms over the stream itself lie between a writer and its reader, OV is taken as it arrives, through their linear
 * parts. OV and QK are [width, width], but their rank is that of a head: they are never written out. With Gram matrices,
 * ‖L·M·R‖² = tr(Mᵀ·(LᵀL)·M·(R·Rᵀ)), where M, LᵀL and R·Rᵀ are all [headWidth, headWidth].
 */
import type { Attention, Block, Linear, ModelSpecification, Norm } from '../architecture/specification.ts';
import { add, matmul, reshape } from './algebra.ts';
import { linear, weightAs } from './linear.ts';
import { linearPart, linearPartTransposed } from './norm.ts';
import { keepsAll, skipLinearPart } from './skip.ts';
import { Graph, type GraphBytes, type Value, type WeightFiles } from './writer.ts';

/** Through which of its inputs a head reads what an earlier one wrote. */
export type CompositionKind = 'Q' | 'K' | 'V';

/** What each kind of composition reads the stream by, and the Gram matrix of what this is multiplied by in turn. */
const readers = {
  Q: { map: 'query', gram: 'key_gram' },
  K: { map: 'key', gram: 'query_gram' },
  V: { map: 'value', gram: 'output_gram' },
} as const;

export class CircuitGraphs {
  readonly #model: ModelSpecification;
  readonly #files: WeightFiles;

  constructor(model: ModelSpecification, files: WeightFiles) {
    this.#model = model;
    this.#files = files;
  }

  /** Output `product` [width, width]: W_U·W_E. Once for all heads it costs less than each head's share of it. */
  product(): GraphBytes {
    const { embedding, unembedding } = this.#model;
    return this.#write('circuits.product', (g) => {
      const product = g
        .pieces(unembedding.weight)
        .map((rows) =>
          matmul(g, g.weight(unembedding.weight, rows), g.weight(embedding.token, rows), { transposeA: true }),
        )
        .reduce((sum, piece) => add(g, sum, piece));
      const read = unembedding.projection
        ? matmul(g, weightAs(g, unembedding.projection.map, 'in,out'), product)
        : product;
      g.output('product', embedding.projection ? linear(g, embedding.projection.map, read) : read);
    });
  }

  /**
   * Input `product`; output `copying` [heads, headWidth, headWidth]: (O·N_f·W_U)·(W_E·V), whose eigenvalues are those of
   * W_E·OV·N_f·W_U [vocabulary, vocabulary] other than 0.
   */
  copying(layer: number): GraphBytes {
    const { width, headCount, keyValueHeadCount, headWidth, unembedding } = this.#model;
    return this.#write(`circuits.copying.${layer}`, (g) => {
      const { attention } = this.#block(layer);
      const product = g.input('product', 'F32', [width, width]);
      const arriving = this.#kept(g, layer, this.#model.layerCount, writing(g, attention));
      const written = linearPart(g, unembedding.norm, arriving);
      const embedded = this.#kept(g, undefined, layer, matmul(g, written, product));
      const throughVocabulary = reshape(g, embedded, keyValueHeadCount, -1, width);
      const value = this.#reading(g, attention.norm, attention.value, keyValueHeadCount);
      const perGroup = matmul(g, throughVocabulary, value, { transposeB: true });
      g.output('copying', reshape(g, perGroup, headCount, headWidth, headWidth));
    });
  }

  /**
   * Outputs [heads or key/value heads, headWidth, headWidth]: `value_gram` VᵀV, `output_gram` O·Oᵀ and, for the patterns
   * of attention, `query_gram` QᵀQ, `key_gram` KᵀK.
   */
  grams(layer: number, pattern: boolean): GraphBytes {
    const { width, headCount, keyValueHeadCount, headWidth } = this.#model;
    return this.#write(`circuits.grams.${layer}`, (g) => {
      const { attention } = this.#block(layer);
      const gram = (name: string, rows: Value) => g.output(name, matmul(g, rows, rows, { transposeB: true }));
      gram('value_gram', this.#reading(g, attention.norm, attention.value, keyValueHeadCount));
      gram('output_gram', reshape(g, writing(g, attention), headCount, headWidth, width));
      if (!pattern) return;
      gram('query_gram', this.#reading(g, attention.norm, attention.query, headCount));
      gram('key_gram', this.#reading(g, attention.norm, attention.key, keyValueHeadCount));
    });
  }

  /**
   * From the heads of block `from` into those of the later block `to`. Inputs: `from_value_gram`, and of block `to` the
   * Gram matrix that each kind needs, named as in `grams`. Outputs by kind, [from heads, to heads]: ‖OV₁·OV₂‖² for `V`,
   * ‖OV₁·QK₂‖² for `Q`, ‖OV₁·QK₂ᵀ‖² for `K`. Where norms over the stream lie between the two, also `arriving_gram`, the
   * `output_gram` of the earlier block of what arrives at the later one.
   */
  composition(from: number, to: number, kinds: readonly CompositionKind[]): GraphBytes {
    const { keyValueHeadCount, headWidth } = this.#model;
    return this.#write(`circuits.composition.${from}.${to}`, (g) => {
      const reader = this.#block(to).attention;
      const fromGram = g.input('from_value_gram', 'F32', [keyValueHeadCount, headWidth, headWidth]);
      const arriving = this.#kept(g, from, to, writing(g, this.#block(from).attention));
      if (!keepsAll(this.#block(from))) {
        const rows = reshape(g, arriving, this.#model.headCount, headWidth, this.#model.width);
        g.output('arriving_gram', matmul(g, rows, rows, { transposeB: true }));
      }
      const read = linearPart(g, reader.norm, arriving);
      for (const kind of kinds) {
        const { map, gram } = readers[kind];
        const heads = gram === 'key_gram' ? keyValueHeadCount : this.#model.headCount;
        const toGram = g.input(gram, 'F32', [heads, headWidth, headWidth]);
        g.output(kind, this.#squaredNorms(g, read, reader[map], fromGram, toGram, kind));
      }
    });
  }

  /**
   * tr(Mᵀ·(VᵀV)·M·(R·Rᵀ)) of every head with every head, M = O·(what the later head reads by). Of those matrices that
   * the query heads of a group share there is one per group, so one side has `K` of them and the other `heads`; as in
   * `attention.ts`, the group is more rows of one matrix.
   * @param read O·N, [from heads·headWidth, width]
   * @returns [from heads, to heads]
   */
  #squaredNorms(g: Graph, read: Value, map: Linear, fromGram: Value, toGram: Value, kind: CompositionKind): Value {
    const { headCount: heads, keyValueHeadCount: groups, headWidth } = this.#model;
    const readingHeads = kind === 'Q' ? heads : groups;
    const m = linear(g, { ...map, bias: undefined }, read);
    // VᵀV is one per group of earlier heads: [K, 1, headWidth, headWidth] times [K, heads / K, headWidth, to].
    const perGroup = reshape(g, m, groups, -1, headWidth, readingHeads * headWidth);
    const weighted = matmul(g, reshape(g, fromGram, groups, 1, headWidth, headWidth), perGroup);
    const pairs = (value: Value) =>
      g.op('Transpose', [reshape(g, value, heads, headWidth, readingHeads, headWidth)], { perm: [0, 2, 1, 3] });
    // Mᵀ·(VᵀV)·M: [from heads, reading heads, headWidth, headWidth]
    const square = matmul(g, pairs(m), pairs(weighted), { transposeA: true });
    // ⟨·, R·Rᵀ⟩ as one product over headWidth²: [K, from heads·(Q: heads / K), headWidth²] times [K, (else: heads / K), headWidth²].
    const byGroup = g.op('Transpose', [reshape(g, square, heads, groups, -1, headWidth * headWidth)], {
      perm: [1, 0, 2, 3],
    });
    const norms = matmul(
      g,
      reshape(g, byGroup, groups, -1, headWidth * headWidth),
      reshape(g, toGram, groups, -1, headWidth * headWidth),
      { transposeB: true },
    );
    const byHead = g.op('Transpose', [reshape(g, norms, groups, heads, -1)], { perm: [1, 0, 2] });
    return reshape(g, byHead, heads, -1);
  }

  /** What each head reads the stream by, its columns as rows: (N·W)ᵀ [heads, headWidth, width]. */
  #reading(g: Graph, norm: Norm | undefined, map: Linear, heads: number): Value {
    const rows = linearPartTransposed(g, norm, weightAs(g, map, 'out,in'));
    return reshape(g, rows, heads, this.#model.headWidth, this.#model.width);
  }

  /**
   * What the residual connections make of rows, by their linear parts.
   * @param from the block whose attention wrote them; undefined: the embedding
   * @param to the block that reads them, or as many as there are
   */
  #kept(g: Graph, from: number | undefined, to: number, rows: Value): Value {
    let kept = rows;
    for (let layer = from ?? 0; layer < to; layer++) {
      const { attention, mlp } = this.#block(layer);
      if (layer !== from) kept = skipLinearPart(g, attention, kept);
      if (mlp) kept = skipLinearPart(g, mlp, kept);
    }
    return kept;
  }

  #block(layer: number): Block {
    const block = this.#model.blocks[layer];
    if (!block) throw new RangeError(`There is no block ${layer}`);
    return block;
  }

  #write(name: string, build: (g: Graph) => void): GraphBytes {
    const g = new Graph(name, this.#files);
    build(g);
    return g.toBytes();
  }
}

/** What the heads write to the stream: O [heads·headWidth, width], one head after the other. */
function writing(g: Graph, { output, postNorm }: Attention): Value {
  return linearPart(g, postNorm, weightAs(g, output, 'in,out'));
}
