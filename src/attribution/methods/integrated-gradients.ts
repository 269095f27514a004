/** Integrated gradients (Sundararajan et al. 2017): GRADIENT averaged on the way from a baseline to the prompt. */
import { embed, inputsOf, keepNothing, passFrom } from '../../model/forward-pass.ts';
import type { Gate } from '../../model/gate.ts';
import type { LoadedModel } from '../../model/loaded-model.ts';
import { readRows, readTarget } from '../../model/target.ts';
import { floats, floatsOf, stacked, type Tensor } from '../../model/tensor.ts';
import { audit } from '../audit.ts';
import { baselineEmbedding } from '../baseline.ts';
import { batches, keptTokens } from '../batch.ts';
import { defaultSteps } from '../options.ts';
import type { TargetRequest } from '../result.ts';
import { reversePass } from '../reverse-pass.ts';
import { embeddingOf, tokenScores } from '../token-scores.ts';
import { type Method, tokensOnly } from './method.ts';

/**
 * a_s = ⟨ḡ_s, x^0_s − x′_s⟩ with ḡ the mean gradient at x′ + (x^0 − x′)·(k + ½)/steps, the midpoint rule. x′ is zero (and
 * has no position either) or a token's embedding in every position. The bias is the logit at x′, so the gap is what the
 * steps leave: logit(x^0) − logit(x′) − Σ a_s.
 */
export const integratedGradients: Method = {
  graphs: ['embedding', 'forward', 'target', 'reverse.GRADIENT', 'tokenScores'],
  async attribute(model, { inputIds, target, options }, gate) {
    const { steps = defaultSteps, baseline = null } = options ?? {};
    const embedded = await embed(model, inputIds);
    const { x } = embedded;
    const [, length = 0, width = 0] = x.dims;
    const end = floatsOf({ x }, 'x');
    const start = baseline === null ? new Float32Array(end.length) : await baselineEmbedding(model, embedded, baseline);
    const difference = end.map((value, index) => value - (start[index] as number));

    const { last } = await passFrom(model, stacked([end, start], length, width), gate, keepNothing);
    const reading = await readTarget(model, last, target);
    const resolved = { ...target, token: reading.target.token };
    const bias = (await readRows(model, last, resolved)).attributed[1] as number;

    const sum = new Float64Array(end.length);
    for (const batch of batches(steps, length, keptTokens)) {
      const points = batch.map((step) => {
        const along = (step + 0.5) / steps;
        return start.map((value, index) => value + along * (difference[index] as number));
      });
      const grads = await gradients(model, stacked(points, length, width), resolved, gate);
      for (const [index, value] of grads.entries()) (sum[index % sum.length] as number) += value;
    }
    const mean = floats(
      Float32Array.from(sum, (value) => value / steps),
      ...x.dims,
    );
    const path =
      baseline === null ? embedded : { x: floats(difference, ...x.dims), token: undefined, position: undefined };
    const scores = await tokenScores(model, mean, path);
    return {
      target: reading.target,
      ...scores,
      bias,
      audit: audit(reading.attributed, [...scores.tokens, bias]),
      embedding: embeddingOf(reading.direction, x, target.position, scores.tokens),
      ...tokensOnly,
    };
  },
};

/** The target's gradient at each point. @param points [points, position, width] @returns the same shape */
async function gradients(
  model: LoadedModel,
  points: Tensor,
  target: TargetRequest & { readonly token: number },
  gate: Gate,
): Promise<Float32Array> {
  const pass = await passFrom(model, points, gate, inputsOf(model, 'reverse.GRADIENT'));
  const { derivative } = await readRows(model, pass.last, target);
  const from = { grad: derivative, direct: derivative, position: target.position };
  let grads: Float32Array = new Float32Array();
  for await (const { out } of reversePass(model, 'GRADIENT', pass, from, gate)) grads = floatsOf(out, 'grad_before');
  return grads;
}
