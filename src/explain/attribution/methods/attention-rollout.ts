import { floatBytes } from '../../../inference/activations.ts';
import { sum } from '../../../inference/cost.ts';
import { blocksFrom, embed } from '../../../inference/forward-pass.ts';
import { accumulate, Rows } from '../../../inference/rows.ts';
import { eachOf, readWhole } from '../../../inference/target.ts';
import { floatsOf, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import { askedOf, wholePrompt } from '../end.ts';
import { readingDemand } from '../reading-demand.ts';
import type { AttributionResult } from '../result.ts';
import { ofTokens } from '../token-scores.ts';
import type { Method } from './method.ts';

/**
 * Attention rollout (Abnar & Zuidema 2020): the row of the target's position of Π_l (½A̅^l + ½I), the last block first,
 * A̅ the mean over heads; of a span the mean of its rows. Looks at patterns alone: the same for every target token, sums to 1 and not to the logit.
 */
export const attentionRollout: Method<'ATTENTION_ROLLOUT'> = {
  name: 'ATTENTION_ROLLOUT',
  version: 2,
  description:
    'Multiplies the attention patterns of all blocks, each averaged over its heads and mixed evenly with staying in place. Not tied to the logit: it is the same for every target token, never negative, and sums to 1. For comparison only. Tokens only, no finer grains. One pass forward.',
  throughBlocks: false,
  graphs: ['embedding', 'forward', 'target'],
  passes: () => 1,
  progress: ({ layerCount }) => ({ unit: 'BLOCKS', total: layerCount }),
  demand(model, { targets }) {
    const { end: length, read } = askedOf(targets);
    return {
      // The mean over heads, and its product from block to block.
      cost: sum(
        model.embedding(length),
        model.forward(1, length, read.size),
        ...targets.map((target) => readingDemand(model, target).cost),
        model.moves(length),
        model.movesRead(length),
      ),
      // Of every block the mean alone stays.
      activations:
        floatBytes * model.model.layerCount * length ** 2 +
        model.activations.forwardWork(1, length) +
        model.activations.joinedPattern(length),
    };
  },
  async run(model, { inputIds, targets }, gate, tell) {
    const { read, end } = askedOf(targets);
    const positions = model.positions(inputIds.length, { from: 0, to: end }, read);
    const { x } = await embed(model, inputIds.slice(0, end));
    const means: Float32Array[] = [];
    let last: Tensor = x;
    for await (const { before, post } of blocksFrom(model, x, positions, gate, () => ['pattern'])) {
      means.push(meanPattern(before, end));
      last = post;
      await tell({ step: { type: 'PROGRESS', done: means.length } });
    }
    const answers: AttributionResult[] = [];
    for (const target of targets) {
      const reading = await readWhole(model, last, target);
      const predicting = eachOf(target).map(({ position }) => position);
      const tokens = Float32Array.from(rollBack(means, predicting, end));
      answers.push(await ofTokens(model, reading, wholePrompt(tokens, inputIds.length), x, gate));
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
  for (const head of new Rows(pattern, size)) accumulate(mean, head, 1, heads);
  return mean;
}

/** The mean of some rows of the product, from the last block to the first. @param means each [position, position] */
function rollBack(means: readonly Float32Array[], positions: readonly number[], length: number): Float64Array {
  let row = new Float64Array(length);
  for (const position of positions) row[position] = 1 / positions.length;
  for (const mean of means.toReversed()) {
    const before = row.map((value) => value / 2);
    const patterns = new Rows(mean, length);
    for (const [to, weight] of row.entries()) {
      if (weight === 0) continue;
      const end = to + 1;
      const pattern = patterns.row(to).subarray(0, end);
      accumulate(before.subarray(0, end), pattern, weight / 2);
    }
    row = before;
  }
  return row;
}
