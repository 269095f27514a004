/**
 * Runs of a prompt in which a baseline takes the place of some of its tokens. Up to the first position where one differs
 * from a run that is there it is that run, so it goes on from its keys and values; and nothing is computed after the last
 * position that is read.
 */
import { continuedPass, type Past } from '../../inference/continuation.ts';
import { type Demand, type ModelCost, sum, times } from '../../inference/cost.ts';
import { passFrom } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { Rows } from '../../inference/rows.ts';
import type { Span } from '../../inference/span.ts';
import { floats, floatsOf, type Tensor, type Tensors } from '../../inference/tensor.ts';
import { passingTokens } from './batch.ts';

/** What a batch takes beside its tokens, in tokens: the reading of all weights, and the starts of all graphs. */
const batchTokens = 64;

/** Positions whose tokens give way, ascending. */
export type Replaced = readonly number[];

export interface Replacements {
  /** Runs that others may go on from. */
  readonly origins: readonly Replaced[];
  readonly runs: readonly Replaced[];
  /** Positions at which the stream after the last block is read. */
  readonly read: readonly number[];
}

/** Runs that go on together from one position of one origin. */
export interface Batch {
  /** Indices. */
  readonly origin: number;
  readonly runs: readonly number[];
  readonly from: number;
}

/** Batches of runs that begin nearly alike, each run from where it leaves the origin that it shares most with. */
export function batchesOf({ origins, runs, read }: Replacements): Batch[] {
  const latest = Math.max(...read);
  const starts = runs.map((replaced, run) => {
    const shared = origins.map((origin) => firstApart(origin, replaced));
    const from = Math.max(...shared);
    // What is read has to be run in any case.
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

  /** One run by itself, from the start. @returns x^L, right where it is read, and what others go on from */
  async run(replaced: Replaced, read: readonly number[], gate: Gate): Promise<{ last: Tensor; past: Past }> {
    const span = { from: 0, to: Math.max(...read) + 1 };
    const positions = this.#model.positions(this.#length, span, read);
    const keep = () => ['key', 'value'];
    const { last, saved } = await passFrom(this.#model, this.#stream([replaced], span), gate, keep, positions);
    return { last, past: saved.map(({ key, value }) => ({ key, value }) as Tensors) };
  }

  /**
   * @param pasts of the origins
   * @returns x^L of each batch's runs, which go on from an origin, from a position on, [runs, position, width], right where it is read
   */
  async *runs(
    replacements: Replacements,
    pasts: readonly Past[],
    gate: Gate,
  ): AsyncGenerator<{ origin: number; runs: readonly number[]; from: number; last: Tensor }> {
    const to = Math.max(...replacements.read) + 1;
    for (const { origin, runs, from } of batchesOf(replacements)) {
      const replaced = runs.map((run) => replacements.runs[run] as Replaced);
      const start = { x: this.#stream(replaced, { from, to }), past: pasts[origin] as Past, from };
      const last = await continuedPass(this.#model, { ...start, length: this.#length, read: replacements.read }, gate);
      yield { origin, runs, from, last };
    }
  }

  /** x^0 of a part of each run, [runs, position, width] */
  #stream(runs: readonly Replaced[], { from, to }: Span): Tensor {
    const values = new Float32Array(runs.length * (to - from) * this.#width);
    const rows = new Rows(values, this.#width);
    for (const [index, replaced] of runs.entries()) {
      const row = (position: number) => rows.row(index * (to - from) + position - from);
      for (let position = from; position < to; position++) row(position).set(this.#own.row(position));
      for (const position of replaced)
        if (position >= from && position < to) row(position).set(this.#baseline.row(position));
    }
    return floats(values, runs.length, to - from, this.#width);
  }
}

/** What the origins and the runs take, each of them asked about so many targets. */
export function replacementsDemand(model: ModelCost, replacements: Replacements, targets: number): Demand {
  const { origins, read } = replacements;
  const to = Math.max(...read) + 1;
  const batches = batchesOf(replacements).map(({ from, runs }) => ({ span: { from, to }, rows: runs.length }));
  // What the blocks of a batch have handed on is there until the garbage collector comes.
  const work = ({ span, rows }: { span: Span; rows: number }) =>
    model.activations.kept(undefined, rows, to - span.from, () => []) + model.activations.continuationWork(rows, span);
  return {
    cost: sum(
      times(origins.length, model.forward(1, to, read.length)),
      ...batches.map(({ span, rows }) =>
        sum(model.continuation(rows, span, read.length), times(targets, model.target(rows))),
      ),
    ),
    activations:
      origins.length * model.activations.past(to) +
      Math.max(
        model.activations.kept(undefined, 1, to, () => []) + model.activations.forwardWork(1, to),
        ...batches.map(work),
      ),
  };
}
