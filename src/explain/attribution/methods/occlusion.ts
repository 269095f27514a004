import { sum, times } from '../../../inference/cost.ts';
import { embed, keepNothing, passFrom } from '../../../inference/forward-pass.ts';
import { at, Rows } from '../../../inference/rows.ts';
import { type ResolvedTarget, readRows, readTarget, type TargetReading } from '../../../inference/target.ts';
import { floatsOf, stacked } from '../../../inference/tensor.ts';
import { baselineEmbedding } from '../baseline.ts';
import { batches, passingTokens, variantsDemand } from '../batch.ts';
import type { AttributionResult } from '../result.ts';
import { ofTokens } from '../token-scores.ts';
import type { Method } from './method.ts';

/**
 * Takes one token away at a time and runs the model again: a_s = logit − logit with the token's part of x^0_s replaced by
 * the baseline's. Exact for each token by itself; together they need not sum to the logit.
 */
export const occlusion: Method<'OCCLUSION'> = {
  name: 'OCCLUSION',
  version: 2,
  description:
    'Takes one token away at a time, runs the model again and reports how much the logit falls. No approximation, and a causal answer for each token alone; together the parts need not sum to the logit. Tokens only, no finer grains. One pass forward for each token.',
  options: { baseline: null },
  throughBlocks: false,
  graphs: ['embedding', 'forward', 'target'],
  passes: (_options, length) => length,
  demand(model, { inputIds, targets }) {
    const length = inputIds.length;
    const latest = Math.max(...targets.map(({ position }) => position));
    const variants = variantsDemand(model, latest + 1, length, targets.length);
    return {
      cost: sum(
        times(2, model.embedding(length)),
        model.forward(1, length),
        times(targets.length, model.target(1)),
        variants.cost,
      ),
      activations: variants.activations,
    };
  },
  async run(model, { inputIds, targets, options }, gate) {
    const embedded = await embed(model, inputIds);
    const { x } = embedded;
    const [, length = 0, width = 0] = x.dims;
    const { last } = await passFrom(model, x, gate, keepNothing);
    const asked: { reading: TargetReading; resolved: ResolvedTarget; tokens: Float32Array }[] = [];
    for (const target of targets) {
      const reading = await readTarget(model, last, target);
      asked.push({
        reading,
        resolved: { ...target, token: reading.target.token },
        tokens: new Float32Array(length),
      });
    }
    const whole = floatsOf({ x }, 'x');
    const baseline = new Rows(await baselineEmbedding(model, embedded, options?.baseline), width);
    // No token after a target's position can change it: those stay 0.
    const latest = Math.max(...targets.map(({ position }) => position));
    for (const batch of batches(latest + 1, length, passingTokens)) {
      const variants = batch.map((position) => {
        const variant = whole.slice();
        variant.set(baseline.row(position), position * width);
        return variant;
      });
      const without = await passFrom(model, stacked(variants, length, width), gate, keepNothing);
      for (const { reading, resolved, tokens } of asked) {
        const { attributed } = await readRows(model, without.last, resolved);
        for (const [row, position] of batch.entries()) {
          if (position <= resolved.position) tokens[position] = reading.attributed - at(attributed, row);
        }
      }
    }
    const answers: AttributionResult[] = [];
    for (const { reading, tokens } of asked) answers.push(await ofTokens(model, reading, tokens, x, gate));
    return answers;
  },
};
