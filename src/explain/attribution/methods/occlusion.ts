import { embed, keepNothing, passFrom } from '../../../inference/forward-pass.ts';
import { type ResolvedTarget, readRows, readTarget, type TargetReading } from '../../../inference/target.ts';
import { floatsOf, stacked } from '../../../inference/tensor.ts';
import { baselineEmbedding } from '../baseline.ts';
import { batches, passingTokens } from '../batch.ts';
import type { AttributionResult } from '../result.ts';
import { ofTokens } from '../token-scores.ts';
import type { Method } from './method.ts';

/**
 * Takes one token away at a time and runs the model again: a_s = logit − logit with the token's part of x^0_s replaced by
 * the baseline's. Exact for each token by itself; together they need not sum to the logit.
 */
export const occlusion: Method = {
  graphs: ['embedding', 'forward', 'target'],
  async attribute(model, { inputIds, targets, options }, gate) {
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
    const baseline = await baselineEmbedding(model, embedded, options?.baseline);
    // No token after a target's position can change it: those stay 0.
    const latest = Math.max(...targets.map(({ position }) => position));
    for (const batch of batches(latest + 1, length, passingTokens)) {
      const variants = batch.map((position) => {
        const variant = whole.slice();
        variant.set(baseline.subarray(position * width, (position + 1) * width), position * width);
        return variant;
      });
      const without = await passFrom(model, stacked(variants, length, width), gate, keepNothing);
      for (const { reading, resolved, tokens } of asked) {
        const { attributed } = await readRows(model, without.last, resolved);
        for (const [row, position] of batch.entries()) {
          if (position <= resolved.position) tokens[position] = reading.attributed - (attributed[row] as number);
        }
      }
    }
    const answers: AttributionResult[] = [];
    for (const { reading, tokens } of asked) answers.push(await ofTokens(model, reading, tokens, x, gate));
    return answers;
  },
};
