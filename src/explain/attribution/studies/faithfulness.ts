/**
 * Does the model need the tokens that were scored highest, and do they suffice it? (DeYoung et al. 2020, ERASER)
 * Asked of the probability of the target's token, whatever was attributed; of a span, of the sum of its tokens' probabilities.
 */
import type { Past } from '../../../inference/continuation.ts';
import { sum, times } from '../../../inference/cost.ts';
import { embed } from '../../../inference/forward-pass.ts';
import type { Gate } from '../../../inference/gate.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { at } from '../../../inference/rows.ts';
import { eachOf, readProbabilities } from '../../../inference/target.ts';
import { baselineEmbedding } from '../baseline.ts';
import { ReplaceablePrompt, type Replaced, type Replacements, replacementsDemand } from '../replacements.ts';
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
  demand(model, { length, end, reads }) {
    // An order by scores begins anywhere, as one at random does.
    const orders = [latestFirst(end), ...Array.from({ length: shuffles + 1 }, (_, seed) => shuffled(end, seed))];
    const read = Array.from({ length: reads }, (_, index) => end - reads + index);
    const { cost, activations } = replacementsDemand(model, replacementsIn(orders, read).replacements, reads);
    return { cost: sum(times(2, model.embedding(length)), cost), activations };
  },
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

/** Of an order, the index of a run for each fraction. */
type RunsOfOrder = Readonly<Record<'comprehensiveness' | 'sufficiency', readonly number[]>>;

/**
 * Each distinct set of tokens is one run; they go on from the prompt itself, or from the run without any of its tokens.
 * @param read positions at which the target is read
 * @returns beside them each order's runs; run 0 is the whole prompt
 */
function replacementsIn(
  orders: readonly (readonly number[])[],
  read: readonly number[],
): { replacements: Replacements; curves: readonly RunsOfOrder[] } {
  const runs = new Map<string, { index: number; replaced: Replaced }>();
  const without = (positions: readonly number[]): number => {
    const replaced = positions.toSorted((a, b) => a - b);
    const key = replaced.join(' ');
    const known = runs.get(key) ?? { index: runs.size, replaced };
    runs.set(key, known);
    return known.index;
  };
  without([]);
  const latest = Math.max(...read);
  const counts = countsOf(latest + 1);
  const curves = orders.map((order) => ({
    comprehensiveness: counts.map((count) => without(order.slice(0, count))),
    sufficiency: counts.map((count) => without(order.slice(count))),
  }));
  const origins = [[], Array.from({ length: latest + 1 }, (_, position) => position)];
  const sets = [...runs.values()].map(({ replaced }) => replaced);
  return { replacements: { origins, runs: sets, read }, curves };
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
  const singles = eachOf(target);
  const { replacements, curves } = replacementsIn(
    orders,
    singles.map(({ position }) => position),
  );
  const embedded = await embed(model, inputIds);
  const baseline = await baselineEmbedding(model, embedded, options?.baseline);
  const prompt = new ReplaceablePrompt(model, embedded.x, baseline);
  const pasts: Past[] = [];
  /** Of each origin what each token has; of one token nobody asks for it. */
  const ofOrigins: number[][] = [];
  for (const origin of replacements.origins) {
    const { last, past } = await prompt.run(origin, replacements.read, gate);
    pasts.push(past);
    const own: number[] = [];
    if (singles.length > 1) for (const single of singles) own.push(at(await readProbabilities(model, last, single), 0));
    ofOrigins.push(own);
  }
  const probabilities = new Array<number>(replacements.runs.length).fill(0);
  for await (const { origin, runs, from, last } of prompt.runs(replacements, pasts, gate)) {
    for (const [index, single] of singles.entries()) {
      // Before a run leaves its origin it is that.
      const isShared = single.position < from;
      const read = isShared
        ? runs.map(() => at(ofOrigins[origin] ?? [], index))
        : await readProbabilities(model, last, { ...single, position: single.position - from });
      for (const [row, run] of runs.entries()) probabilities[run] = at(probabilities, run) + at(read, row);
    }
  }
  const drop = (run: number) => at(probabilities, 0) - at(probabilities, run);
  return curves.map(({ comprehensiveness, sufficiency }) => ({
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
