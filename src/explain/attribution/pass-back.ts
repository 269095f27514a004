/** The way back of targets through the model, under the rules of one method; grains are read off it. */
import type { ForwardPass } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { reversePass, type Start } from '../../inference/reverse-pass.ts';
import { at } from '../../inference/rows.ts';
import { ofPlaces, readAtTarget } from '../../inference/slices.ts';
import type { Span } from '../../inference/span.ts';
import { eachIn, lastIn, type WholeReading } from '../../inference/target.ts';
import { floatsOf, integers, rowOf, rowsOf, type Tensor, type Tensors } from '../../inference/tensor.ts';
import { type RuleSet, ruleSets } from '../../onnx/rules/registry.ts';
import { audit } from './audit.ts';
import { wholePrompt } from './end.ts';
import { grainsIn, readersOf } from './grains/registry.ts';
import { tells } from './ledger/ledger.ts';
import type { Tell } from './ledger/step.ts';
import type { AttributionResult, AttributionSelection, Grains } from './result.ts';
import { embeddingOf, type TokenScores, tokenScores } from './token-scores.ts';

/**
 * One reverse pass for several targets, each a row of its batch, which of a span starts from several positions. Takes what was
 * saved out of `pass`, so that it is freed on the way.
 * @param pass over the prompt of each row, or over one for all
 * @param length of a whole prompt
 * @param tell by the number of the row; without one where all are told the same
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
  const readers = grainsIn(selection).length > 0 ? readings.map(() => readersOf(model, selection)) : [];
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
    const step = { type: 'REVERSE', layer, elapsed } as const;
    for (const [row, starting] of starts.entries()) {
      biases[row] = at(biases, row) + at(floatsOf(out, 'bias'), row);
      const count = Math.min(starting.length, direct.dims[1] ?? 0);
      const own = (tensors: Tensors) => ownPlaces(rowsAt(tensors, row), count);
      const { direct_before: before } = own(out.direct_before ? { direct_before: out.direct_before } : {});
      if (before) directions[row] = [...rowsOf(before)];
      const reader = readers[row];
      if (!reader) continue;
      const tensors: Tensors = {
        ...rowsAt(saved, row),
        ...own({ ...out, direct }),
        at: integers(
          (places[row] ?? []).slice(0, count).flatMap(([, position]) => [0, position]),
          1,
          count,
          2,
        ),
      };
      const positions = spanOf(starting);
      const read = { layer, block, tensors, gradAfter: rowOf(gradAfter, row), post: rowOf(post, row), positions };
      const contributions = (await reader.read(read))?.layers;
      if (tells(selection, 'TOTAL'))
        await tell({ target: row, step: { ...step, contributions, biasSoFar: at(biases, row) } });
    }
    if (!tells(selection, 'TOTAL')) await tell({ step });
    grad = out.grad_before;
    [since, stood] = [performance.now(), gate.stood];
  }
  const scores = await tokenScores(model, grad as Tensor, pass);
  return readings.map((reading, row) => {
    const { target, attributed, magnitude, intercept } = reading;
    const { tokens, positions } = scores[row] as TokenScores;
    const bias = at(biases, row);
    return {
      target,
      tokens: wholePrompt(tokens, length),
      positions: positions && wholePrompt(positions, length),
      bias,
      ...(intercept !== undefined && { intercept }),
      audit: audit(attributed, [...tokens, bias, intercept ?? 0], magnitude),
      embedding: embeddingOf(directions[row] ?? [], rowOf(pass.x, row), spanOf(starts[row] ?? []), tokens),
      grains: { ...readers[row]?.result(length), ...toldIn(selection, lastIn(reading).scale) },
    };
  });
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
