/** Integrated gradients (Sundararajan et al. 2017): GRADIENT averaged on the way from a baseline to the prompt. */

import { sum, times } from '../../../inference/cost.ts';
import { embed, inputsOf, keepNothing, type Passed, passFrom } from '../../../inference/forward-pass.ts';
import type { Gate } from '../../../inference/gate.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { reversePass, type Start } from '../../../inference/reverse-pass.ts';
import { accumulate, at, Rows } from '../../../inference/rows.ts';
import {
  attributedIn,
  eachOf,
  type ResolvedTarget,
  readRows,
  readWhole,
  type WholeReading,
} from '../../../inference/target.ts';
import { floats, floatsOf, stacked } from '../../../inference/tensor.ts';
import { audit } from '../audit.ts';
import { baselineEmbedding } from '../baseline.ts';
import { batches, batchesAtOnce, keptTokens } from '../batch.ts';
import { askedOf, wholePrompt } from '../end.ts';
import { defaultSteps } from '../options.ts';
import { readingDemand } from '../reading-demand.ts';
import type { AttributionResult } from '../result.ts';
import { ofTokens, type TokenScores, tokenScores } from '../token-scores.ts';
import type { Method } from './method.ts';

/**
 * a_s = ⟨ḡ_s, x^0_s − x′_s⟩ with ḡ the mean gradient at x′ + (x^0 − x′)·(k + ½)/steps, the midpoint rule. x′ is zero (and
 * has no position either) or a token's embedding in every position. The bias is the logit at x′, so the gap is what the
 * steps leave: logit(x^0) − logit(x′) − Σ a_s.
 */
export const integratedGradients: Method<'INTEGRATED_GRADIENTS'> = {
  name: 'INTEGRATED_GRADIENTS',
  version: 2,
  description:
    'GRADIENT averaged on the straight way from a baseline to the prompt, in `steps` points. With enough of them the parts sum to the logit less the logit at the baseline (which is `bias`); the audit says what is left. From the zero embedding that can take very many, for norms make the way steep near zero: a token as baseline needs few. Tokens only, no finer grains. `steps` passes forward and back.',
  options: { steps: defaultSteps, baseline: null },
  throughBlocks: false,
  graphs: ['embedding', 'forward', 'target', 'reverse.GRADIENT', 'tokenScores'],
  passes: ({ steps = defaultSteps }) => steps,
  progress: (_model, { options }) => ({ unit: 'STEPS', total: options?.steps ?? defaultSteps }),
  demand(model, { targets, options }) {
    const { end: length, read } = askedOf(targets);
    const points = [...batches(options?.steps ?? defaultSteps, length, keptTokens)].map((batch) => batch.length);
    const most = Math.max(...points);
    const singles = targets.flatMap(eachOf).length;
    const back = (rows: number) =>
      sum(
        times(singles, model.target(rows)),
        times(targets.length, model.reverse('GRADIENT', rows, length, read.size)),
      );
    return {
      cost: sum(
        times(2, model.embedding(length)),
        model.forward(2, length, read.size),
        times(singles, model.target(1)),
        ...targets.map((target) => readingDemand(model, target).cost),
        ...points.map((rows) => sum(model.forward(rows, length, read.size), back(rows))),
      ),
      activations:
        Math.min(points.length, batchesAtOnce) * model.activations.kept('GRADIENT', most, length, () => []) +
        Math.max(model.activations.forwardWork(most, length), model.activations.reverseWork('GRADIENT', most, length)),
    };
  },
  async run(model, { inputIds, targets, options }, gate, tell) {
    const { steps = defaultSteps, baseline = null } = options ?? {};
    const { read, end: length } = askedOf(targets);
    const positions = model.positions(inputIds.length, { from: 0, to: length }, read);
    const embedded = await embed(model, inputIds.slice(0, length));
    const { x } = embedded;
    const width = x.dims.at(-1) ?? 0;
    const end = floatsOf({ x }, 'x');
    const start = baseline === null ? new Float32Array(end.length) : await baselineEmbedding(model, embedded, baseline);
    const difference = end.map((value, index) => value - at(start, index));

    const { last } = await passFrom(model, stacked([end, start], length, width), gate, keepNothing, positions);
    const asked: { reading: WholeReading; resolved: ResolvedTarget; bias: number; total: Float64Array }[] = [];
    for (const target of targets) {
      const reading = await readWhole(model, last, target);
      const resolved = { ...target, token: reading.target.token };
      const bias = at(await attributedIn(model, last, resolved), 1);
      asked.push({ reading, resolved, bias, total: new Float64Array(end.length) });
    }
    for (const batch of batches(steps, length, keptTokens)) {
      const points = batch.map((step) => {
        const point = start.slice();
        accumulate(point, difference, step + 0.5, steps);
        return point;
      });
      const keep = inputsOf(model, 'reverse.GRADIENT');
      const pass = await passFrom(model, stacked(points, length, width), gate, keep, positions);
      for (const { resolved, total } of asked) {
        const grads = await gradients(model, { ...pass, saved: [...pass.saved] }, resolved, gate);
        for (const point of new Rows(grads, total.length)) accumulate(total, point);
      }
      await tell({ step: { type: 'PROGRESS', done: (batch.at(-1) ?? 0) + 1 } });
    }
    const path =
      baseline === null ? embedded : { x: floats(difference, ...x.dims), token: undefined, position: undefined };
    const means = asked.map(({ total }) => Float32Array.from(total, (value) => value / steps));
    const scores = await tokenScores(model, stacked(means, length, width), path);
    const answers: AttributionResult[] = [];
    for (const [index, { reading, bias }] of asked.entries()) {
      const { tokens: own, positions } = scores[index] as TokenScores;
      const tokens = wholePrompt(own, inputIds.length);
      answers.push({
        ...(await ofTokens(model, reading, tokens, x, gate)),
        positions: positions && wholePrompt(positions, inputIds.length),
        bias,
        audit: audit(reading.attributed, [...tokens, bias], reading.magnitude),
      });
    }
    return answers;
  },
};

/** The target's gradient at each point of a pass. @returns [points, position, width] */
async function gradients(model: LoadedModel, pass: Passed, target: ResolvedTarget, gate: Gate): Promise<Float32Array> {
  const [points = 0, , width = 0] = pass.last.dims;
  const starts = Array.from({ length: points }, (): Start[] => []);
  for (const single of eachOf(target)) {
    const { derivative } = await readRows(model, pass.last, single);
    for (const [point, grad] of [...new Rows(derivative, width)].entries())
      starts[point]?.push({ grad, direct: grad, position: single.position });
  }
  let grads: Float32Array = new Float32Array();
  for await (const { out } of reversePass(model, 'GRADIENT', pass, starts, gate)) grads = floatsOf(out, 'grad_before');
  return grads;
}
