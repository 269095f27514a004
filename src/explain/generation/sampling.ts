/** What follows of the logits of a whole vocabulary: figures of one token, and the choice of the next one. */
import { at } from '../../inference/rows.ts';
import type { LensTokenResult } from '../../inference/target.ts';
import { uniform } from '../../seeded.ts';
import type { Sampling } from './event.ts';

export interface Distribution {
  readonly logits: Float32Array;
  /** log Σ exp of the logits. */
  readonly total: number;
  /** −Σ p·log p, in nats. */
  readonly entropy: number;
}

/** In double precision: beside the likeliest tokens, single precision would lose a vocabulary's long tail. */
export function distributionOf(logits: Float32Array): Distribution {
  const largest = largestOf(logits);
  let [sum, weighted] = [0, 0];
  for (const logit of logits) {
    const part = Math.exp(logit - largest);
    sum += part;
    if (part > 0) weighted += part * (logit - largest);
  }
  const log = Math.log(sum);
  return { logits, total: largest + log, entropy: Math.max(log - weighted / sum, 0) };
}

export function readingOf({ logits, total }: Distribution, token: number): LensTokenResult {
  const logit = at(logits, token);
  return { token, logit, probability: Math.exp(logit - total), rank: countAbove(logits, logit) + 1 };
}

/**
 * Draws a token: of the logits over the temperature, only the `topK` likeliest, of these only the likeliest that together have
 * `topP` of their probability (Holtzman et al. 2020, *The Curious Case of Neural Text Degeneration*).
 * @param index of the token in its answer: each place draws by itself
 */
export function sample(
  { logits }: Pick<Distribution, 'logits'>,
  { temperature, topK, topP, seed }: Sampling,
  index: number,
): number {
  const weights = weightsOf(logits, temperature);
  const candidates = nucleus(weights, likeliest(logits, topK), topP);
  let left = uniform(seed, index) * sumOf(weights, candidates);
  for (const token of candidates) {
    left -= at(weights, token);
    if (left < 0) return token;
  }
  // Rounding may leave a last bit.
  return candidates.findLast((token) => at(weights, token) > 0) as number;
}

/** What probabilities are in proportion to; 1 for the likeliest, however small a temperature that others vanish beside it. */
function weightsOf(logits: Float32Array, temperature: number): Float64Array {
  const largest = largestOf(logits);
  const weights = new Float64Array(logits.length);
  for (let token = 0; token < weights.length; token++)
    weights[token] = Math.exp(((logits[token] as number) - largest) / temperature);
  return weights;
}

/** In the order of their ids; of equal ones those that come first. */
function likeliest(logits: Float32Array, count: number | null): number[] {
  const all = count === null || count >= logits.length;
  const least = all ? Number.NEGATIVE_INFINITY : at(logits.toSorted(), logits.length - count);
  let equal = all ? logits.length : count - countAbove(logits, least);
  const tokens: number[] = [];
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] as number;
    if (logit > least || (logit === least && equal-- > 0)) tokens.push(token);
  }
  return tokens;
}

/** The likeliest first, up to the one with which they have the probability. */
function nucleus(weights: Float64Array, tokens: readonly number[], probability: number): readonly number[] {
  if (probability >= 1) return tokens;
  const sum = sumOf(weights, tokens);
  // Those below this have less than 1 − probability together: none of them is needed.
  const least = ((1 - probability) * sum) / tokens.length;
  const sorted = tokens.filter((token) => at(weights, token) >= least);
  sorted.sort((a, b) => at(weights, b) - at(weights, a));
  let reached = 0;
  const end = sorted.findIndex((token) => {
    reached += at(weights, token);
    return reached >= probability * sum;
  });
  return sorted.slice(0, end === -1 ? sorted.length : end + 1);
}

function sumOf(weights: Float64Array, tokens: readonly number[]): number {
  let sum = 0;
  for (const token of tokens) sum += at(weights, token);
  return sum;
}

function countAbove(logits: Float32Array, least: number): number {
  let count = 0;
  for (const logit of logits) if (logit > least) count++;
  return count;
}

function largestOf(logits: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > largest) largest = logit;
  return largest;
}
