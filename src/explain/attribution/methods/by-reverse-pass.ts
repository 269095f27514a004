/** What FROZEN, GRADIENT and ATTN_LRP share: one forward pass, then one reverse pass under the rule set of that name. */

import { sum, times } from '../../../inference/cost.ts';
import { type ForwardPass, forwardPass, inputsOf, type Keep } from '../../../inference/forward-pass.ts';
import type { Gate } from '../../../inference/gate.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { reversePass } from '../../../inference/reverse-pass.ts';
import { at } from '../../../inference/rows.ts';
import { readTarget, type TargetReading } from '../../../inference/target.ts';
import { firstOf, floatsOf, integers, rowOf, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import { type RuleSet, ruleSets } from '../../../onnx/rules/registry.ts';
import { audit } from '../audit.ts';
import { batches, keptTokens } from '../batch.ts';
import { askedOf, wholePrompt } from '../end.ts';
import { grainsIn, readersOf, savedFor } from '../grains/registry.ts';
import type { AttributionRequest, AttributionResult } from '../result.ts';
import { embeddingOf, tokenScores } from '../token-scores.ts';
import type { Method } from './method.ts';

export function byReversePass<Name extends RuleSet>({
  name,
  ...described
}: Pick<Method<Name>, 'name' | 'version' | 'description'>): Method<Name> {
  const graph = `reverse.${name}` as const;
  return {
    name,
    ...described,
    throughBlocks: true,
    graphs: ['embedding', 'forward', 'target', graph, 'tokenScores'],
    passes: () => 1,
    demand(model, { targets, selection }) {
      const { end: length, read: positions } = askedOf(targets);
      const read = positions.size;
      const rows = [...batches(targets.length, length, keptTokens)].map((batch) => batch.length);
      const grains = grainsIn(selection);
      const reading = sum(times(2, model.scores(length)), ...grains.map(({ cost }) => cost(model, length, selection)));
      return {
        cost: sum(
          model.embedding(length),
          model.forward(1, length, read),
          times(targets.length, sum(model.target(1), reading)),
          ...rows.map((count) => model.reverse(name, count, length, read)),
        ),
        activations:
          model.activations.kept(name, 1, length, (block) => savedFor(selection, block)) +
          Math.max(
            model.activations.forwardWork(1, length),
            model.activations.reverseWork(name, Math.max(...rows), length),
            ...grains.map(({ work }) => work?.(model, length) ?? 0),
          ),
      };
    },
    async run(model, request, gate) {
      const { inputIds, targets, selection } = request;
      const { blocks } = model.specification;
      const keep: Keep = async (layer) => {
        const block = blocks[layer];
        return [...(await inputsOf(model, graph)(layer)), ...(block ? savedFor(selection, block) : [])];
      };
      const { end: length, read } = askedOf(targets);
      const positions = model.positions(inputIds.length, { from: 0, to: length }, read);
      const pass = await forwardPass(model, inputIds.slice(0, length), gate, keep, positions);
      const readings: TargetReading[] = [];
      for (const target of targets) readings.push(await readTarget(model, pass.last, target));
      const answers: AttributionResult[] = [];
      for (const batch of batches(targets.length, length, keptTokens)) {
        const of = batch.map((index) => readings[index] as TargetReading);
        answers.push(...(await passBack(model, name, pass, of, request, gate)));
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
  { selection, targets, inputIds: { length } }: AttributionRequest,
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
      biases[row] = at(biases, row) + firstOf(own, 'bias');
      const { position } = target;
      const tensors: Tensors = { ...saved, ...own, direct: rowOf(direct, row), at: integers([0, position], 1, 2) };
      if (own.direct_before) directions[row] = floatsOf(own, 'direct_before');
      await readers[row]?.read({ layer, block, tensors, gradAfter: rowOf(gradAfter, row), post, position });
    }
    grad = out.grad_before;
  }
  const answers: AttributionResult[] = [];
  for (const [row, { target, attributed, magnitude, intercept }] of readings.entries()) {
    const { tokens, positions } = await tokenScores(model, rowOf(grad as Tensor, row), pass);
    const bias = at(biases, row);
    answers.push({
      target,
      tokens: wholePrompt(tokens, length),
      positions: positions && wholePrompt(positions, length),
      bias,
      ...(intercept !== undefined && { intercept }),
      audit: audit(attributed, [...tokens, bias, intercept ?? 0], magnitude),
      embedding: embeddingOf(directions[row] as Float32Array, pass.x, target.position, tokens),
      grains: readers[row]?.result(length) ?? {},
    });
  }
  return answers;
}
