/**
 * Could it be chance? Permutation tests, on both sides: the share of relabellings whose difference is at least as far from
 * zero. Of pairs the signs of their differences are flipped (Fisher 1935, *The Design of Experiments*), of one group those of
 * its numbers; of two groups it is drawn anew who belongs to which (Pitman 1937). The test of `simple-statistics` draws from
 * `Math.random` and knows no pairs.
 */
import { Random, scaleBelow } from './random.ts';
import { type Resampling, type Samples, singleOf } from './samples.ts';
import { inTurns } from './turns.ts';

export interface PermutationResult {
  readonly pValue: number;
  /** Whether all relabellings were looked at, rather than random ones. */
  readonly exact: boolean;
}

/**
 * All relabellings where there are no more of them than resamples; otherwise so many random ones, and p = (r + 1) / (n + 1)
 * (Phipson & Smyth 2010, *Permutation P-values Should Never Be Zero*).
 */
export function permutationTest(samples: Samples, resampling: Resampling): Promise<PermutationResult> {
  const single = singleOf(samples);
  if (single) return signFlips(single, resampling);
  if (samples.kind !== 'TWO') throw new Error('Numbers that are no single sample are two');
  return relabellings(samples.a, samples.b, resampling);
}

/** A sum that another order of addition makes of the same numbers is the same. */
function threshold(sum: number, values: Float64Array): number {
  return Math.abs(sum) - 1e-12 * values.reduce((total, value) => total + Math.abs(value), 0);
}

async function signFlips(values: Float64Array, resampling: Resampling): Promise<PermutationResult> {
  const least = threshold(
    values.reduce((sum, value) => sum + value, 0),
    values,
  );
  const all = 2 ** values.length;
  const exact = all <= resampling.resamples;
  const tables = flippedSums(values);
  const words = new Uint32Array(Math.ceil(values.length / 32));
  // Little-endian, as all stored arrays are.
  const bytes = new Uint8Array(words.buffer);
  const random = Random.of(resampling.seed, 'permutation');
  let extreme = 0;
  const flip = (flips: number) => {
    if (exact) words[0] = flips;
    else random.fill(words);
    let sum = 0;
    for (let place = 0; place < tables.length; place += tableSize)
      sum += tables[place + (bytes[place / tableSize] as number)] as number;
    if (Math.abs(sum) >= least) extreme++;
  };
  const count = exact ? all : resampling.resamples;
  await inTurns(count, values.length, flip, resampling.signal);
  return resultOf(extreme, count, exact);
}

/** Ways to flip the signs of eight values. */
const tableSize = 256;

/** Sums of each eight values with the signs flipped that a byte says: so an eighth as many are added up. [values / 8, 256] */
function flippedSums(values: Float64Array): Float64Array {
  const tables = new Float64Array(Math.ceil(values.length / 8) * tableSize);
  for (let place = 0; place < tables.length; place++) {
    const [first, flips] = [Math.floor(place / tableSize) * 8, place % tableSize];
    let sum = 0;
    for (let bit = 0; bit < 8; bit++) {
      const value = values[first + bit] ?? 0;
      sum += (flips >> bit) % 2 === 0 ? value : -value;
    }
    tables[place] = sum;
  }
  return tables;
}

async function relabellings(a: Float64Array, b: Float64Array, resampling: Resampling): Promise<PermutationResult> {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  const pooled = new Float64Array(few.length + many.length);
  pooled.set(few);
  pooled.set(many, few.length);
  const total = pooled.reduce((sum, value) => sum + value, 0);
  /** mean(few) − mean(many), of the sum of the few. */
  const difference = (sum: number) => sum / few.length - (total - sum) / many.length;
  const own = difference(few.reduce((sum, value) => sum + value, 0));
  const least = Math.abs(own) - 1e-12 * pooled.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let extreme = 0;
  const look = (sum: number) => {
    if (Math.abs(difference(sum)) >= least) extreme++;
  };
  const all = combinations(pooled.length, few.length, resampling.resamples);
  if (all <= resampling.resamples) {
    const chosen = Array.from(few, (_, index) => index);
    const next = () => {
      look(chosen.reduce((sum, index) => sum + (pooled[index] as number), 0));
      advance(chosen, pooled.length);
    };
    await inTurns(all, few.length, next, resampling.signal);
    return resultOf(extreme, all, true);
  }
  const random = Random.of(resampling.seed, 'permutation');
  const words = new Uint32Array(few.length);
  const shuffle = () => {
    random.fill(words);
    let sum = 0;
    // Fisher and Yates, as far as the few are chosen; what order the others are in does not matter.
    for (let index = 0; index < words.length; index++) {
      const other = index + (((words[index] as number) * scaleBelow(pooled.length - index)) | 0);
      const drawn = pooled[other] as number;
      pooled[other] = pooled[index] as number;
      pooled[index] = drawn;
      sum += drawn;
    }
    look(sum);
  };
  await inTurns(resampling.resamples, few.length, shuffle, resampling.signal);
  return resultOf(extreme, resampling.resamples, false);
}

function resultOf(extreme: number, count: number, exact: boolean): PermutationResult {
  return { pValue: exact ? extreme / count : (extreme + 1) / (count + 1), exact };
}

/** How many ways there are to choose so many; more than `most` is not counted further. */
function combinations(count: number, chosen: number, most: number): number {
  let ways = 1;
  for (let index = 1; index <= chosen && ways <= most; index++) ways = (ways * (count - chosen + index)) / index;
  return Math.round(ways);
}

/** The next choice in the order of a dictionary. @param chosen ascending; changed */
function advance(chosen: number[], count: number): void {
  let place = chosen.length - 1;
  while (place >= 0 && chosen[place] === count - chosen.length + place) place--;
  if (place < 0) return;
  const first = (chosen[place] as number) + 1;
  for (let index = place; index < chosen.length; index++) chosen[index] = first + index - place;
}
