/** What follows of the logits of a whole vocabulary: figures of one token, and the choice of the next one. */
import { createHash } from 'node:crypto';
import { at } from '../../inference/rows.ts';
import type { LensTokenResult } from '../../inference/target.ts';
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
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
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
  const better = logits.reduce((count, other) => count + (other > logit ? 1 : 0), 0);
  return { token, logit, probability: Math.exp(logit - total), rank: better + 1 };
}

interface Candidate {
  readonly token: number;
  readonly logit: number;
}

/**
 * Draws a token: of the logits over the temperature, only the `topK` likeliest, of these only the likeliest that together have
 * `topP` of their probability (Holtzman et al. 2020, *The Curious Case of Neural Text Degeneration*).
 * @param index of the token in its answer: each place draws by itself
 */
export function sample({ logits }: Distribution, { temperature, topK, topP, seed }: Sampling, index: number): number {
  const scaled = logits.map((logit) => logit / temperature);
  const candidates = nucleus(likeliest(scaled, topK), topP);
  const weights = exponentials(candidates);
  let left = uniform(seed, index) * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [place, { token }] of candidates.entries()) {
    left -= at(weights, place);
    if (left < 0) return token;
  }
  // Rounding may leave a last bit.
  return (candidates.findLast((_, place) => at(weights, place) > 0) as Candidate).token;
}

/** In the order of their ids. */
function likeliest(logits: Float32Array, count: number | null): Candidate[] {
  const all = Array.from(logits, (logit, token) => ({ token, logit }));
  if (count === null || count >= all.length) return all;
  const least = at(logits.toSorted(), logits.length - count);
  const above = all.filter(({ logit }) => logit > least);
  // Of equal ones those that come first.
  const equal = all.filter(({ logit }) => logit === least).slice(0, count - above.length);
  return [...above, ...equal].sort((a, b) => a.token - b.token);
}

/** The likeliest first, up to the one with which they have the probability. */
function nucleus(candidates: Candidate[], probability: number): Candidate[] {
  if (probability >= 1) return candidates;
  const weights = exponentials(candidates);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  // Those below this have less than 1 − probability together: none of them is needed.
  const least = ((1 - probability) * sum) / candidates.length;
  const weighed = candidates.map((candidate, place) => ({ candidate, weight: at(weights, place) }));
  const sorted = weighed.filter(({ weight }) => weight >= least).sort((a, b) => b.weight - a.weight);
  let reached = 0;
  const end = sorted.findIndex(({ weight }) => {
    reached += weight;
    return reached >= probability * sum;
  });
  return sorted.slice(0, end === -1 ? sorted.length : end + 1).map(({ candidate }) => candidate);
}

function exponentials(candidates: readonly Candidate[]): Float64Array {
  const largest = candidates.reduce((most, { logit }) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  return Float64Array.from(candidates, ({ logit }) => Math.exp(logit - largest));
}

/** From 0 to 1, 1 excluded; the same one for the same seed and index. */
function uniform(seed: number, index: number): number {
  const bits = createHash('sha256').update(`${seed} ${index}`).digest().readUIntBE(0, 6);
  return bits / 2 ** 48;
}
