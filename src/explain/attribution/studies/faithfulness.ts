/**
 * Does the model need the tokens that were scored highest, and do they suffice it? (DeYoung et al. 2020, ERASER)
 * Asked of the probability of the target's token, whatever was attributed.
 */
import { embed, keepNothing, passFrom } from '../../../inference/forward-pass.ts';
import type { Gate } from '../../../inference/gate.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { at, Rows } from '../../../inference/rows.ts';
import { readProbabilities } from '../../../inference/target.ts';
import { floatsOf, stacked } from '../../../inference/tensor.ts';
import { baselineEmbedding } from '../baseline.ts';
import { batches, passingTokens, variantsDemand } from '../batch.ts';
import { byScore, latestFirst, shuffled } from './orders.ts';
import type { Study, StudyInput } from './study.ts';

/** Drops of the target's probability, one for each fraction of the tokens. */
export interface CurveResult {
  readonly drops: readonly number[];
  /** Their mean. */
  readonly area: number;
}

/** What becomes of the target's probability without the first tokens of an order, and with nothing but them. */
export interface OrderFaithfulnessResult {
  readonly comprehensiveness: CurveResult;
  readonly sufficiency: CurveResult;
}

/** By descending token score; beside it what other orders come to. */
export interface FaithfulnessResult extends OrderFaithfulnessResult {
  readonly fractions: readonly number[];
  /** How many tokens each fraction is. */
  readonly counts: readonly number[];
  /** The mean of several. */
  readonly random: OrderFaithfulnessResult;
  /** The latest first. */
  readonly recency: OrderFaithfulnessResult;
}

declare module '../result.ts' {
  interface Grains {
    faithfulness: FaithfulnessResult;
  }
}

/** Shares of the tokens that are taken out or kept, as in ERASER. */
const percentages = [1, 5, 10, 20, 50];
/** Random orders that are averaged. */
const shuffles = 5;
/** The whole prompt, and for each share of each order its tokens taken out and kept: those of every order are distinct at the most. */
export const mostPasses = 1 + 2 * percentages.length * (2 + shuffles);

export const faithfulness: Study = {
  name: 'faithfulness',
  version: 1,
  examples: { faithfulness: 1 },
  description:
    'Comprehensiveness and sufficiency of the token scores (ERASER), beside random orders and the latest first.',
  exists: () => true,
  graphs: ['embedding', 'forward', 'target'],
  demand: (model, length) => variantsDemand(model, mostPasses, length, 1),
  async run(model, input, _selection, { tokens }, gate) {
    const n = input.target.position + 1;
    const random = Array.from({ length: shuffles }, (_, seed) => shuffled(n, seed));
    const orders = [byScore(tokens, n), latestFirst(n), ...random];
    const [own, recency, ...floor] = await faithfulnessOf(model, input, orders, gate);
    return {
      faithfulness: {
        fractions: percentages.map((percentage) => percentage / 100),
        counts: countsOf(n),
        ...(own as OrderFaithfulnessResult),
        recency: recency as OrderFaithfulnessResult,
        random: {
          comprehensiveness: meanCurve(floor.map(({ comprehensiveness }) => comprehensiveness)),
          sufficiency: meanCurve(floor.map(({ sufficiency }) => sufficiency)),
        },
      },
    };
  },
};

/** How many tokens each of the shares is: never none. @param n tokens that can matter */
function countsOf(n: number): number[] {
  return percentages.map((percentage) => Math.max(1, Math.ceil((percentage * n) / 100)));
}

/**
 * The drops p − p(without the first k % of an order) and p − p(with nothing but them). A token is taken out as OCCLUSION
 * does it: its part of x^0 gives way to the baseline's, its learned position embedding stays. Each distinct set of
 * tokens is run once.
 * @param orders each of all positions up to the target's
 */
export async function faithfulnessOf(
  model: LoadedModel,
  { inputIds, target, options }: StudyInput,
  orders: readonly (readonly number[])[],
  gate: Gate,
): Promise<OrderFaithfulnessResult[]> {
  const runs = new Map<string, readonly number[]>();
  /** @returns the run's key */
  const without = (positions: readonly number[]): string => {
    const ascending = positions.toSorted((a, b) => a - b);
    const key = ascending.join(' ');
    runs.set(key, ascending);
    return key;
  };
  const whole = without([]);
  const counts = countsOf(target.position + 1);
  const keys = orders.map((order) => ({
    comprehensiveness: counts.map((count) => without(order.slice(0, count))),
    sufficiency: counts.map((count) => without(order.slice(count))),
  }));

  const embedded = await embed(model, inputIds);
  const [, length = 0, width = 0] = embedded.x.dims;
  const x = floatsOf({ x: embedded.x }, 'x');
  const baseline = new Rows(await baselineEmbedding(model, embedded, options?.baseline), width);
  const asked = [...runs];
  const probabilities = new Map<string, number>();
  for (const batch of batches(asked.length, length, passingTokens)) {
    const some = batch.map((index) => asked[index] as (typeof asked)[number]);
    const variants = some.map(([, positions]) => {
      const variant = x.slice();
      for (const position of positions) variant.set(baseline.row(position), position * width);
      return variant;
    });
    const { last } = await passFrom(model, stacked(variants, length, width), gate, keepNothing);
    const read = await readProbabilities(model, last, target);
    for (const [row, [key]] of some.entries()) probabilities.set(key, at(read, row));
  }
  const drop = (key: string) => (probabilities.get(whole) as number) - (probabilities.get(key) as number);
  return keys.map(({ comprehensiveness, sufficiency }) => ({
    comprehensiveness: curve(comprehensiveness.map(drop)),
    sufficiency: curve(sufficiency.map(drop)),
  }));
}

function curve(drops: readonly number[]): CurveResult {
  return { drops, area: mean(drops) };
}

function meanCurve(curves: readonly CurveResult[]): CurveResult {
  return curve(percentages.map((_, index) => mean(curves.map(({ drops }) => at(drops, index)))));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
