/** How strongly a head reads what an earlier one wrote, from the Gram matrices that `onnx/circuits.ts` gives. */
import { TributaryError } from '../../errors.ts';
import { at, dot, Rows } from '../../inference/rows.ts';
import { floatsOf, type Tensors } from '../../inference/tensor.ts';

/** Of a block, [head]. */
export interface CircuitNorms {
  /** ‖OV‖ */
  readonly ov: Float64Array;
  /** ‖QK‖; absent where no pattern of attention was asked about. */
  readonly qk: Float64Array | undefined;
}

/** ‖V·O‖² = tr((VᵀV)·(O·Oᵀ)) and ‖Q·Kᵀ‖² = tr((QᵀQ)·(KᵀK)). @param grams as `CircuitGraphs.grams` gives them */
export function circuitNorms(grams: Tensors): CircuitNorms {
  return {
    ov: productNorms(grams, 'output_gram', 'value_gram'),
    qk: grams.query_gram && productNorms(grams, 'query_gram', 'key_gram'),
  };
}

/**
 * ‖W₁·W₂‖ / (‖W₁‖·‖W₂‖): 1 at most, 0 where what the earlier head writes is nothing that the later one reads.
 * (*A Mathematical Framework for Transformer Circuits*, "Composition".)
 * @param squared ‖W₁·W₂‖², [from heads, to heads] @param from, to ‖W₁‖ and ‖W₂‖ by head
 * @returns as `squared`; 0 where one of the two is 0
 * @throws TributaryError CHECKPOINT when the weights are not finite
 */
export function compositionScores(squared: Float32Array, from: Float64Array, to: Float64Array): Float32Array {
  return squared.map((value, index) => {
    const fromNorm = at(from, Math.floor(index / to.length));
    const toNorm = at(to, index % to.length);
    if (!Number.isFinite(value) || !Number.isFinite(fromNorm) || !Number.isFinite(toNorm))
      throw new TributaryError('CHECKPOINT', 'The weights of attention heads, multiplied, are not finite numbers');
    const both = fromNorm * toNorm;
    // A sum that is 0 but for rounding may come out below.
    return both === 0 ? 0 : Math.sqrt(Math.max(value, 0)) / both;
  });
}

/**
 * √tr(A·B) = √⟨A, B⟩ of symmetric matrices, by query head.
 * @param perHead names [heads, size, size] @param perGroup names as many, or one for each group of heads
 */
function productNorms(grams: Tensors, perHead: string, perGroup: string): Float64Array {
  const heads = grams[perHead]?.dims[0] ?? 0;
  const groups = grams[perGroup]?.dims[0] ?? 0;
  const values = floatsOf(grams, perHead);
  const size = values.length / heads;
  const a = new Rows(values, size);
  const b = new Rows(floatsOf(grams, perGroup), size);
  return Float64Array.from({ length: heads }, (_, head) =>
    Math.sqrt(dot(a.row(head), b.row(Math.floor((head * groups) / heads)))),
  );
}
