/** What FROZEN, GRADIENT and ATTN_LRP share: one forward pass, then one reverse pass under the rule set of that name. */

import type { Block } from '../../../architecture/specification.ts';
import { sum, times } from '../../../inference/cost.ts';
import { blocksFrom, embed, type ForwardPass, inputsOf, type Keep } from '../../../inference/forward-pass.ts';
import type { Gate } from '../../../inference/gate.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { reversePass, type Start } from '../../../inference/reverse-pass.ts';
import { at } from '../../../inference/rows.ts';
import { ofPlaces, readAtTarget } from '../../../inference/slices.ts';
import type { Span } from '../../../inference/span.ts';
import { eachIn, lastIn, readWhole, type WholeReading } from '../../../inference/target.ts';
import { firstOf, integers, rowOf, rowsOf, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import { type RuleSet, ruleSets } from '../../../onnx/rules/registry.ts';
import { audit } from '../audit.ts';
import { batches, keptTokens } from '../batch.ts';
import { askedOf, wholePrompt } from '../end.ts';
import { grainsIn, readersOf, savedFor } from '../grains/registry.ts';
import { ledgerCost, ledgerWork, savedForLedger, tells } from '../ledger/ledger.ts';
import { Rising } from '../ledger/rising.ts';
import type { Tell } from '../ledger/step.ts';
import { readingDemand } from '../reading-demand.ts';
import type { AttributionRequest, AttributionResult, AttributionSelection, Grains } from '../result.ts';
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
    progress: ({ layerCount }) => ({ unit: 'BLOCKS', total: 2 * layerCount }),
    demand(model, request) {
      const { targets, selection } = request;
      const { end: length, read: positions } = askedOf(targets);
      const read = positions.size;
      const readings = targets.map((target) => readingDemand(model, target));
      const rows = [...batches(targets.length, length, keptTokens)].map((batch) => batch.length);
      const grains = grainsIn(selection);
      const forward = model.forward(1, length, read);
      const reading = sum(times(2, model.scores(length)), ...grains.map(({ cost }) => cost(model, length, selection)));
      return {
        cost: sum(
          model.embedding(length),
          forward,
          ledgerCost(model, request, forward),
          ...readings.map(({ cost }) => cost),
          times(targets.length, reading),
          ...rows.map((count) => model.reverse(name, count, length, read)),
        ),
        activations:
          model.activations.kept(name, 1, length, (block) => savedFor(selection, block)) +
          Math.max(
            model.activations.forwardWork(1, length),
            ledgerWork(model, selection),
            ...readings.map(({ activations }) => activations),
            model.activations.reverseWork(name, Math.max(...rows), length),
            ...grains.map(({ work }) => work?.(model, length) ?? 0),
          ),
      };
    },
    async run(model, request, gate, tell) {
      const { targets, selection, inputIds } = request;
      const pass = await passUp(model, graph, request, gate, tell);
      const readings: WholeReading[] = [];
      for (const target of targets) readings.push(await readWhole(model, pass.last, target));
      const answers: AttributionResult[] = [];
      for (const batch of batches(targets.length, askedOf(targets).end, keptTokens)) {
        const of = batch.map((index) => readings[index] as WholeReading);
        const toldOf: Tell = ({ step, target = 0 }) => tell({ step, target: batch[target] });
        const isLast = answers.length + batch.length === targets.length;
        // Others will need what was saved.
        const own = isLast ? pass : { ...pass, saved: [...pass.saved] };
        answers.push(...(await passBack(model, name, own, of, selection, inputIds.length, gate, toldOf)));
      }
      return answers;
    },
  };
}

/** The model's own pass, as far as the targets need it, told block by block; keeps what the way back takes. */
async function passUp(
  model: LoadedModel,
  graph: `reverse.${RuleSet}`,
  request: AttributionRequest,
  gate: Gate,
  tell: Tell,
): Promise<ForwardPass> {
  const { inputIds, targets, selection } = request;
  const { blocks } = model.specification;
  const { end: length, read } = askedOf(targets);
  const positions = model.positions(inputIds.length, { from: 0, to: length }, read);
  const kept: Keep = async (layer) => [
    ...(await inputsOf(model, graph)(layer)),
    ...savedFor(selection, blocks[layer] as Block),
  ];
  const fetched: Keep = async (layer) => [...(await kept(layer)), ...savedForLedger(selection, blocks[layer] as Block)];
  const embedded = await embed(model, inputIds.slice(0, length));
  const rising = await Rising.from(model, request, gate, tell);
  const saved: Tensors[] = [];
  let last = embedded.x;
  for await (const { before, post } of blocksFrom(model, last, positions, gate, fetched)) {
    const layer = saved.length;
    await rising.passed(layer, before, post);
    const names = new Set(['x', ...(await kept(layer))]);
    saved.push(Object.fromEntries(Object.entries(before).filter(([name]) => names.has(name))));
    last = post;
  }
  return { ...embedded, saved, last, positions };
}

/**
 * One reverse pass for several targets, each a row of its batch, which of a span starts from several positions. Takes what was saved out of `pass`, so that it is freed on the
 * way.
 * @param length of the whole prompt
 * @param tell by the number of the row
 */
export async function passBack(
  model: LoadedModel,
  rules: RuleSet,
  pass: ForwardPass,
  readings: readonly WholeReading[],
  selection: AttributionSelection,
  length: number,
  gate: Gate,
  tell: Tell = () => undefined,
): Promise<AttributionResult[]> {
  const readers = readings.map(() => readersOf(model, selection));
  const biases = readings.map(({ bias }) => bias);
  const starts = readings.map((reading) =>
    eachIn(reading).map(({ target, direction, derivative }) => ({
      grad: ruleSets[rules].norm === 'HELD' ? direction : derivative,
      direct: direction,
      position: target.position,
    })),
  );
  const back = reversePass(model, rules, pass, starts, gate, (block) => [
    'bias',
    ...(readers[0]?.reversed(block) ?? []),
  ]);
  let grad: Tensor | undefined;
  const directions = starts.map((row) => row.map(({ direct }) => direct));
  let [since, stood] = [performance.now(), gate.stood];
  for await (const { layer, block, saved, gradAfter, post, direct, at: places, out } of back) {
    const elapsed = performance.now() - since - (gate.stood - stood);
    for (const [row, starting] of starts.entries()) {
      const count = Math.min(starting.length, direct.dims[1] ?? 0);
      const own = ownPlaces(rowsAt({ ...out, direct }, row), count);
      biases[row] = at(biases, row) + firstOf(own, 'bias');
      const tensors: Tensors = {
        ...saved,
        ...own,
        at: integers((places[row] ?? []).slice(0, count).flat(), 1, count, 2),
      };
      if (own.direct_before) directions[row] = [...rowsOf(own.direct_before)];
      const positions = spanOf(starting);
      const read = { layer, block, tensors, gradAfter: rowOf(gradAfter, row), post, positions };
      const contributions = (await readers[row]?.read(read))?.layers;
      const figures = tells(selection, 'TOTAL') ? { contributions, biasSoFar: at(biases, row) } : {};
      await tell({ target: row, step: { type: 'REVERSE', layer, elapsed, ...figures } });
    }
    grad = out.grad_before;
    [since, stood] = [performance.now(), gate.stood];
  }
  const answers: AttributionResult[] = [];
  for (const [row, reading] of readings.entries()) {
    const { target, attributed, magnitude, intercept } = reading;
    const { tokens, positions } = await tokenScores(model, rowOf(grad as Tensor, row), pass);
    const bias = at(biases, row);
    answers.push({
      target,
      tokens: wholePrompt(tokens, length),
      positions: positions && wholePrompt(positions, length),
      bias,
      ...(intercept !== undefined && { intercept }),
      audit: audit(attributed, [...tokens, bias, intercept ?? 0], magnitude),
      embedding: embeddingOf(directions[row] ?? [], pass.x, spanOf(starts[row] ?? []), tokens),
      grains: { ...readers[row]?.result(length), ...toldIn(selection, lastIn(reading).scale) },
    });
  }
  return answers;
}

/** One row of each. */
function rowsAt(tensors: Tensors, row: number): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, rowOf(tensor, row)]));
}

/** Without the places that other rows of the batch have more. */
function ownPlaces(tensors: Tensors, count: number): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      name === 'direct' || readAtTarget.test(name) ? ofPlaces(tensor, { from: 0, to: count }) : tensor,
    ]),
  );
}

/** From the first to the last of positions that follow one another. */
function spanOf(starting: readonly Pick<Start, 'position'>[]): Span {
  const [first, last] = [starting[0], starting.at(-1)];
  return { from: first?.position ?? 0, to: (last?.position ?? 0) + 1 };
}

/** What of the ledger was told. */
function toldIn(selection: AttributionSelection, scale: number): Partial<Grains> {
  return {
    ...(tells(selection, 'PROVISIONAL') && { 'ledger.PROVISIONAL': { scale } }),
    ...(tells(selection, 'LENS') && { 'ledger.LENS': null }),
    ...(tells(selection, 'TOTAL') && { 'ledger.TOTAL': null }),
  };
}
