import { blocksFrom, embed } from '../../../inference/forward-pass.ts';
import { readTarget } from '../../../inference/target.ts';
import { floatsOf, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import type { AttributionResult } from '../result.ts';
import { ofTokens } from '../token-scores.ts';
import type { Method } from './method.ts';

/**
 * Attention rollout (Abnar & Zuidema 2020): the row of the target's position of Π_l (½A̅^l + ½I), the last block first,
 * A̅ the mean over heads. Looks at patterns alone: the same for every target token, sums to 1 and not to the logit.
 */
export const attentionRollout: Method = {
  graphs: ['embedding', 'forward', 'target'],
  async attribute(model, { inputIds, targets }, gate) {
    const length = inputIds.length;
    const { x } = await embed(model, inputIds);
    const means: Float32Array[] = [];
    let last: Tensor = x;
    for await (const { before, post } of blocksFrom(model, x, model.positions(length), gate, () => ['pattern'])) {
      means.push(meanPattern(before, length));
      last = post;
    }
    const answers: AttributionResult[] = [];
    for (const target of targets) {
      const reading = await readTarget(model, last, target);
      const tokens = Float32Array.from(rollBack(means, target.position, length));
      answers.push(await ofTokens(model, reading, tokens, x, gate));
    }
    return answers;
  },
};

/** A̅, [position, position] */
function meanPattern(saved: Tensors, length: number): Float32Array {
  const pattern = floatsOf(saved, 'pattern');
  const size = length * length;
  const heads = pattern.length / size;
  const mean = new Float32Array(size);
  for (let index = 0; index < pattern.length; index++) {
    (mean[index % size] as number) += (pattern[index] as number) / heads;
  }
  return mean;
}

/** One row of the product, from the last block to the first. @param means each [position, position] */
function rollBack(means: readonly Float32Array[], position: number, length: number): Float64Array {
  let row = new Float64Array(length);
  row[position] = 1;
  for (const mean of means.toReversed()) {
    const before = row.map((value) => value / 2);
    for (const [to, weight] of row.entries()) {
      if (weight === 0) continue;
      for (let from = 0; from <= to; from++) {
        (before[from] as number) += (weight / 2) * (mean[to * length + from] as number);
      }
    }
    row = before;
  }
  return row;
}
