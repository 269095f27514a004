import { embed, keepNothing, passFrom } from '../../model/forward-pass.ts';
import { readRows, readTarget } from '../../model/target.ts';
import { floatsOf, stacked } from '../../model/tensor.ts';
import { audit } from '../audit.ts';
import { baselineEmbedding } from '../baseline.ts';
import { batches, passingTokens } from '../batch.ts';
import { embeddingOf } from '../token-scores.ts';
import { type Method, tokensOnly } from './method.ts';

/**
 * Takes one token away at a time and runs the model again: a_s = logit − logit with the token's part of x^0_s replaced by
 * the baseline's. Exact for each token by itself; together they need not sum to the logit.
 */
export const occlusion: Method = {
  graphs: ['embedding', 'forward', 'target'],
  async attribute(model, { inputIds, target, options }, gate) {
    const embedded = await embed(model, inputIds);
    const { x } = embedded;
    const [, length = 0, width = 0] = x.dims;
    const { last } = await passFrom(model, x, gate, keepNothing);
    const reading = await readTarget(model, last, target);
    const resolved = { ...target, token: reading.target.token };

    const whole = floatsOf({ x }, 'x');
    const baseline = await baselineEmbedding(model, embedded, options?.baseline);
    const tokens = new Float32Array(length);
    // No token after the target's position can change it: those stay 0.
    for (const batch of batches(target.position + 1, length, passingTokens)) {
      const variants = batch.map((position) => {
        const variant = whole.slice();
        variant.set(baseline.subarray(position * width, (position + 1) * width), position * width);
        return variant;
      });
      const without = await passFrom(model, stacked(variants, length, width), gate, keepNothing);
      const { attributed } = await readRows(model, without.last, resolved);
      for (const [row, position] of batch.entries())
        tokens[position] = reading.attributed - (attributed[row] as number);
    }
    return {
      target: reading.target,
      tokens,
      positions: null,
      bias: 0,
      audit: audit(reading.attributed, tokens),
      embedding: embeddingOf(reading.direction, x, target.position, tokens),
      ...tokensOnly,
    };
  },
};
