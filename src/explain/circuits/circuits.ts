/** What a model's weights alone tell of its heads. Runs in a worker; no prompt is needed, no block is run. */

import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { floatsOf, type Tensor, type Tensors } from '../../inference/tensor.ts';
import { CircuitGraphs } from '../../onnx/circuits.ts';
import { type CircuitNorms, circuitNorms, compositionScores } from './composition.ts';
import { copyingScore } from './copying.ts';
import type { CircuitsRequest, CircuitsResult, CompositionKind } from './result.ts';

/**
 * Each graph's session is released as soon as it has run, so of the weights no more than those of two blocks, or of both
 * ends, are in memory at a time.
 * @throws TributaryError CANCELLED between two blocks, CHECKPOINT when weights are not finite
 */
export async function circuits(
  model: LoadedModel,
  { copying, composition }: CircuitsRequest,
  gate: Gate,
): Promise<CircuitsResult> {
  return {
    ...(copying && { copying: await copyingScores(model, gate) }),
    composition: composition.length > 0 ? await compositions(model, composition, gate) : {},
  };
}

/** @returns [layer, head] */
async function copyingScores(model: LoadedModel, gate: Gate): Promise<Float32Array> {
  const { layerCount, headCount, headWidth } = model.specification;
  const scores = new Float32Array(layerCount * headCount);
  gate.throwIfCancelled();
  const product = await run(model, (graphs) => graphs.product());
  for (let layer = 0; layer < layerCount; layer++) {
    await gate.pass(layer);
    const matrices = floatsOf(await run(model, (graphs) => graphs.copying(layer), product), 'copying');
    const size = headWidth * headWidth;
    for (let head = 0; head < headCount; head++) {
      gate.throwIfCancelled();
      const matrix = matrices.subarray(head * size, (head + 1) * size);
      scores[layer * headCount + head] = copyingScore(matrix, headWidth);
    }
  }
  return scores;
}

/** @returns for each kind [from layer, from head, to layer, to head], 0 unless `from` is the earlier block */
async function compositions(
  model: LoadedModel,
  kinds: readonly CompositionKind[],
  gate: Gate,
): Promise<CircuitsResult['composition']> {
  const { layerCount, headCount } = model.specification;
  const all = layerCount * headCount;
  const scores = Object.fromEntries(kinds.map((kind) => [kind, new Float32Array(all * all)]));
  const pattern = kinds.includes('Q') || kinds.includes('K');
  const earlier: { readonly norms: CircuitNorms; readonly value: Tensor }[] = [];
  for (let to = 0; to < layerCount; to++) {
    await gate.pass(to);
    const grams = await run(model, (graphs) => graphs.grams(to, pattern));
    const norms = circuitNorms(grams);
    for (const [from, { norms: fromNorms, value }] of earlier.entries()) {
      gate.throwIfCancelled();
      const write = (graphs: CircuitGraphs) => graphs.composition(from, to, kinds);
      const squared = await run(model, write, { ...grams, from_value_gram: value });
      const { arriving_gram: arriving } = squared;
      const fromOv = arriving ? circuitNorms({ output_gram: arriving, value_gram: value }).ov : fromNorms.ov;
      for (const kind of kinds) {
        const toNorms = kind === 'V' ? norms.ov : (norms.qk as Float64Array);
        const block = compositionScores(floatsOf(squared, kind), fromOv, toNorms);
        for (let head = 0; head < headCount; head++) {
          const row = block.subarray(head * headCount, (head + 1) * headCount);
          scores[kind]?.set(row, ((from * headCount + head) * layerCount + to) * headCount);
        }
      }
    }
    earlier.push({ norms, value: grams.value_gram as Tensor });
  }
  return scores;
}

function run(model: LoadedModel, write: (graphs: CircuitGraphs) => ReturnType<CircuitGraphs['product']>, feeds = {}) {
  return model.runOnce((files) => write(new CircuitGraphs(model.specification, files)), feeds) as Promise<Tensors>;
}
