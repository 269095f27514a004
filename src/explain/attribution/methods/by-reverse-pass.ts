/** What FROZEN, GRADIENT and ATTN_LRP share: one forward pass, then one reverse pass under the rule set of that name. */

import { type ForwardPass, forwardPass, inputsOf } from '../../../inference/forward-pass.ts';
import type { Gate } from '../../../inference/gate.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { reversePass } from '../../../inference/reverse-pass.ts';
import { readTarget, type TargetReading } from '../../../inference/target.ts';
import { floatsOf, integers, rowOf, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import { type RuleSet, ruleSets } from '../../../onnx/rules/registry.ts';
import { audit } from '../audit.ts';
import { batches, keptTokens } from '../batch.ts';
import { readersOf } from '../grains/registry.ts';
import type { AttributionRequest, AttributionResult } from '../result.ts';
import { embeddingOf, tokenScores } from '../token-scores.ts';
import type { Method } from './method.ts';

export function byReversePass(rules: RuleSet): Method {
  const graph = `reverse.${rules}` as const;
  return {
    graphs: ['embedding', 'forward', 'target', graph, 'tokenScores'],
    async attribute(model, request, gate) {
      const { inputIds, targets, selection } = request;
      const { blocks } = model.specification;
      const { saved } = readersOf(model, selection);
      const pass = await forwardPass(model, inputIds, gate, async (layer) => {
        const block = blocks[layer];
        return [...(await inputsOf(model, graph)(layer)), ...(block ? saved(block) : [])];
      });
      const readings: TargetReading[] = [];
      for (const target of targets) readings.push(await readTarget(model, pass.last, target));
      const answers: AttributionResult[] = [];
      for (const batch of batches(targets.length, inputIds.length, keptTokens)) {
        const of = batch.map((index) => readings[index] as TargetReading);
        answers.push(...(await passBack(model, rules, pass, of, request, gate)));
      }
      return answers;
    },
  };
}

/** One reverse pass for several targets, each a row of its batch. */
async function passBack(
  model: LoadedModel,
  rules: RuleSet,
  pass: ForwardPass,
  readings: readonly TargetReading[],
  { selection, targets }: AttributionRequest,
  gate: Gate,
): Promise<AttributionResult[]> {
  const readers = readings.map(() => readersOf(model, selection));
  const biases = readings.map(({ bias }) => bias);
  const start = readings.map(({ target, direction, derivative }) => ({
    grad: ruleSets[rules].norm === 'HELD' ? direction : derivative,
    direct: direction,
    position: target.position,
  }));
  // The last pass over it may free what was saved on its way.
  const saved = readings.length === targets.length ? pass.saved : [...pass.saved];
  const back = reversePass(model, rules, { ...pass, saved }, start, gate, (block) => [
    'bias',
    ...(readers[0]?.reversed(block) ?? []),
  ]);
  let grad: Tensor | undefined;
  const directions = readings.map(({ direction }) => direction);
  for await (const { layer, block, saved, gradAfter, post, direct, out } of back) {
    for (const [row, { target }] of readings.entries()) {
      const own = Object.fromEntries(Object.entries(out).map(([name, tensor]) => [name, rowOf(tensor, row)]));
      biases[row] = (biases[row] as number) + (floatsOf(own, 'bias')[0] as number);
      const { position } = target;
      const tensors: Tensors = { ...saved, ...own, direct: rowOf(direct, row), at: integers([0, position], 1, 2) };
      if (own.direct_before) directions[row] = floatsOf(own, 'direct_before');
      await readers[row]?.read({ layer, block, tensors, gradAfter: rowOf(gradAfter, row), post, position });
    }
    grad = out.grad_before;
  }
  const answers: AttributionResult[] = [];
  for (const [row, { target, attributed, magnitude, intercept }] of readings.entries()) {
    const scores = await tokenScores(model, rowOf(grad as Tensor, row), pass);
    const bias = biases[row] as number;
    answers.push({
      target,
      ...scores,
      bias,
      ...(intercept !== undefined && { intercept }),
      audit: audit(attributed, [...scores.tokens, bias, intercept ?? 0], magnitude),
      embedding: embeddingOf(directions[row] as Float32Array, pass.x, target.position, scores.tokens),
      grains: readers[row]?.result() ?? {},
    });
  }
  return answers;
}
