/**
 * Runs of a prompt in which a baseline takes the place of some of its tokens. Up to the first position where one differs
 * from a run that is there it is that run, so it goes on from its keys and values; and nothing is computed after the last
 * position that is asked for.
 */
import { type Continued, continuedPass, type Past } from '../../inference/continuation.ts';
import { type Demand, type ModelCost, sum, times } from '../../inference/cost.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { at, Rows } from '../../inference/rows.ts';
import type { Span } from '../../inference/span.ts';
import { floats, floatsOf, type Tensor } from '../../inference/tensor.ts';
import { passingTokens } from './batch.ts';

/** What a batch takes beside its tokens, in tokens: the reading of all weights, and the starts of all graphs. */
const batchTokens = 64;

/** Positions whose tokens give way, ascending. */
export type Replaced = readonly number[];

export interface Replacements {
  /** Runs that others may go on from. */
  readonly origins: readonly Replaced[];
  readonly runs: readonly Replaced[];
  /** Positions whose stream after the last block is wanted, ascending. */
  readonly asked: readonly number[];
}

/** Runs that go on together from one position of one origin. */
export interface Batch {
  /** Indices. */
  readonly origin: number;
  readonly runs: readonly number[];
  readonly from: number;
}

/** Batches of runs that begin nearly alike, each run from where it leaves the origin that it shares most with. */
export function batchesOf({ origins, runs, asked }: Replacements): Batch[] {
  const latest = Math.max(...asked);
  const starts = runs.map((replaced, run) => {
    const shared = origins.map((origin) => firstApart(origin, replaced));
    const from = Math.max(...shared);
    // What is asked for has to be run in any case.
    return { run, origin: shared.indexOf(from), from: Math.min(from, latest) };
  });
  return [...origins.keys()].flatMap((origin) => {
    const ascending = starts.filter((start) => start.origin === origin).sort((a, b) => a.from - b.from);
    const batches: (Batch & { readonly runs: number[] })[] = [];
    // A run begins where its batch does: what that is in vain must not be more than another batch would be.
    let vain = 0;
    for (const { run, from } of ascending) {
      const batch = batches.at(-1);
      vain += from - (batch?.from ?? from);
      if (batch && vain <= batchTokens && (batch.runs.length + 1) * (latest + 1 - batch.from) <= passingTokens) {
        batch.runs.push(run);
      } else {
        batches.push({ origin, from, runs: [run] });
        vain = 0;
      }
    }
    return batches;
  });
}

/** The first position that one of them replaces and the other does not. */
function firstApart(one: Replaced, other: Replaced): number {
  const index = one.findIndex((position, index) => position !== other[index]);
  const place = index === -1 ? one.length : index;
  return Math.min(one[place] ?? Number.POSITIVE_INFINITY, other[place] ?? Number.POSITIVE_INFINITY);
}

/** A prompt and what its tokens give way to, as x^0: [position, width] each. */
export class ReplaceablePrompt {
  readonly #model: LoadedModel;
  readonly #own: Rows;
  readonly #baseline: Rows;
  readonly #length: number;
  readonly #width: number;

  /** @param x [1, position, width] @param baseline [position, width] */
  constructor(model: LoadedModel, x: Tensor, baseline: Float32Array) {
    const [, length = 0, width = 0] = x.dims;
    this.#model = model;
    this.#own = new Rows(floatsOf({ x }, 'x'), width);
    this.#baseline = new Rows(baseline, width);
    this.#length = length;
    this.#width = width;
  }

  /** One run by itself, as far as a position: its `last` is [1, position, width]. */
  run(replaced: Replaced, latest: number, gate: Gate): Promise<Continued> {
    const asked = Array.from({ length: latest + 1 }, (_, position) => position);
    return this.#pass([replaced], { past: undefined, from: 0, asked }, gate);
  }

  /**
   * @param pasts of the origins
   * @returns `last` of the batch's runs at the positions `asked` that are not before them, [runs, asked, width]
   */
  async *runs(
    replacements: Replacements,
    pasts: readonly Past[],
    gate: Gate,
  ): AsyncGenerator<{ runs: readonly number[]; asked: readonly number[]; last: Tensor }> {
    for (const { origin, runs, from } of batchesOf(replacements)) {
      const asked = replacements.asked.filter((position) => position >= from);
      const replaced = runs.map((run) => replacements.runs[run] as Replaced);
      const { last } = await this.#pass(replaced, { past: pasts[origin], from, asked }, gate);
      yield { runs, asked, last };
    }
  }

  #pass(
    runs: readonly Replaced[],
    { past, from, asked }: { past: Past | undefined; from: number; asked: readonly number[] },
    gate: Gate,
  ): Promise<Continued> {
    const count = at(asked, asked.length - 1) + 1 - from;
    const values = new Float32Array(runs.length * count * this.#width);
    const rows = new Rows(values, this.#width);
    for (const [index, replaced] of runs.entries()) {
      const row = (position: number) => rows.row(index * count + position - from);
      for (let position = from; position < from + count; position++) row(position).set(this.#own.row(position));
      for (const position of replaced)
        if (position >= from && position < from + count) row(position).set(this.#baseline.row(position));
    }
    const x = floats(values, runs.length, count, this.#width);
    return continuedPass(this.#model, { x, past, from, length: this.#length, asked }, gate);
  }
}

/** What the origins and the runs take, each of them asked about so many targets. */
export function replacementsDemand(model: ModelCost, replacements: Replacements, targets: number): Demand {
  const { origins, asked } = replacements;
  const to = Math.max(...asked) + 1;
  const whole = { from: 0, to };
  const batches = batchesOf(replacements).map(({ from, runs }) => ({ span: { from, to }, rows: runs.length }));
  // What the blocks of a batch have handed on is there until the garbage collector comes.
  const work = ({ span, rows }: { span: Span; rows: number }) =>
    model.kept(undefined, rows, to - span.from, () => []) + model.continuationWork(rows, span);
  return {
    cost: sum(
      times(origins.length, model.continuation(1, whole, to)),
      ...batches.map(({ span, rows }) =>
        sum(model.continuation(rows, span, asked.length), times(targets, model.target(rows))),
      ),
    ),
    activations: origins.length * model.past(to) + Math.max(...[{ span: whole, rows: 1 }, ...batches].map(work)),
  };
}
