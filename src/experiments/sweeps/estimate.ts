/** What a sweep would take, told before it starts. */
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { answering } from '../../explain/circulation/figures.ts';
import { memoryIn } from '../../jobs/capacity/estimate.ts';
import type { Engine, Expectation } from '../../jobs/engine.ts';
import { attributionBatch } from '../../jobs/kinds/attribution-batch.ts';
import { circulation } from '../../jobs/kinds/circulation.ts';
import { generation } from '../../jobs/kinds/generation.ts';
import { portionsOf } from '../../portions.ts';
import { missing } from '../../runs/answer.ts';
import { contentHash } from '../../runs/content-hash.ts';
import { mostAtOnce } from '../../runs/many-runs.ts';
import type { RunService } from '../../runs/service.ts';
import { batchesOf, groupOf, requestOf } from './batches.ts';
import { type Example, exampleOf } from './examples.ts';
import { type AttributionAsked, type OtherAsked, questionsOf } from './questions.ts';
import type { AskRow, PlannedRow } from './row.ts';
import { Spread } from './spread.ts';
import { Askable } from './starting.ts';
import { storedBytesOf } from './stored-bytes.ts';

export interface Estimated {
  readonly rows: number;
  readonly distinct: number;
  /** Of the distinct ones, those that are answered already. */
  readonly stored: number;
  readonly failing: number;
  /** That computing the others takes. */
  readonly seconds: number;
  readonly storedBytes: number;
  /** Bytes. */
  readonly peakMemory: number;
  readonly examples: readonly Example[];
}

export interface EstimateTools {
  readonly runs: RunService;
  readonly engine: Engine;
  readonly ask: AskRow;
  /** Whose runs answer what is answered already. */
  readonly owner: string;
  readonly onFault: (error: unknown) => void;
}

/** Rows that are read of a large sweep. */
const mostRead = 2000;
const mostExamples = 3;
/** Rows that are counted at once. */
const countedAtOnce = 500;

/** @throws TributaryError as the first row, where none that is read can be asked; as the engine's `estimate` */
export async function estimated(rows: AsyncIterable<PlannedRow>, tools: EstimateTools): Promise<Estimated> {
  const { ask, onFault, runs, engine, owner } = tools;
  const [all, read] = [new Distinct(), new Distinct()];
  const spread = new Spread<PlannedRow>(mostRead);
  const first: PlannedRow[] = [];
  for await (const row of rows) {
    all.add(row);
    spread.add(row);
    if (first.length < mostExamples) first.push(row);
    if (all.count % countedAtOnce === 0) await setImmediate();
  }
  const askable = new Askable(ask);
  for (const row of spread.items) {
    read.add(row);
    await askable.check(row);
  }
  askable.require();
  const left = spread.items.map(({ request }, index) => ({ index, request }));
  const { attributions, others, failed } = await questionsOf(left, ask, onFault);
  const [open, openOthers] = [await openOf(attributions, runs, owner), await openOf(others, runs, owner)];
  const { seconds, peakMemory, storedBytes } = await taken(open, openOthers, engine);
  const stored = attributions.length + others.length - open.length - openOthers.length;
  const [perRow, perQuestion] = [all.count / read.count, all.distinct / read.distinct];
  return {
    rows: all.count,
    distinct: all.distinct,
    stored: Math.round(perQuestion * stored),
    failing: Math.round(perRow * failed.length),
    seconds: perQuestion * seconds,
    storedBytes: perQuestion * storedBytes,
    peakMemory,
    examples: await Promise.all(first.map((row) => exampleOf(row, ask))),
  };
}

/** Counts rows, and how many different ones there are. */
class Distinct {
  count = 0;
  readonly #hashes = new Set<string>();

  add({ request }: PlannedRow): void {
    this.count++;
    this.#hashes.add(hash('sha256', JSON.stringify(request), 'base64'));
  }

  get distinct(): number {
    return this.#hashes.size;
  }
}

type Asked = AttributionAsked | OtherAsked;

/** Those for which something is to be computed. */
async function openOf<One extends Asked>(asked: readonly One[], runs: RunService, owner: string): Promise<One[]> {
  const open: One[] = [];
  for (const some of portionsOf(asked, mostAtOnce)) {
    const hashes = some.map((one) => hashesOf(one));
    const standing = await runs.many.standing(hashes.flat(), owner);
    const isOpen = (one: One, index: number) =>
      !hashes[index]?.some((hash) => {
        const run = standing.get(hash);
        return run?.status === 'COMPLETED' && !('own' in one && missing(one.own, run.parts));
      });
    open.push(...some.filter(isOpen));
  }
  return open;
}

/** Of the questions whose runs answer it. */
function hashesOf(one: Asked): string[] {
  if (!('asked' in one)) return [one.contentHash];
  const { subject, asked } = one;
  if (asked.kind === 'GENERATION') return [contentHash(subject, asked)];
  return answering(asked.input).map((input) => contentHash(subject, { kind: 'CIRCULATION', input }));
}

/** Bytes and seconds of all questions, each model loaded once. */
async function taken(attributions: readonly AttributionAsked[], others: readonly OtherAsked[], engine: Engine) {
  const loads = new Map<string, number>();
  let [runTime, peakMemory] = [0, 0];
  const add = (folder: string, expected: Expectation, times: number) => {
    loads.set(folder, Math.max(loads.get(folder) ?? 0, expected.loadTime));
    runTime += times * expected.runTime;
    peakMemory = Math.max(peakMemory, memoryIn(expected));
  };
  // The first batch of a group is its largest.
  for (const [batch = [], ...more] of Map.groupBy(batchesOf(attributions), ([first]) =>
    groupOf(first as AttributionAsked),
  ).values()) {
    const { subject } = batch[0] as AttributionAsked;
    const expected = await engine.estimate(attributionBatch, subject, requestOf(batch).request);
    const questions = more.reduce((sum, { length }) => sum + length, batch.length);
    add(subject.folder, expected, questions / batch.length);
  }
  for (const alike of Map.groupBy(others, shapeOf).values()) {
    const { subject, asked } = alike[0] as OtherAsked;
    const expected = await (asked.kind === 'CIRCULATION'
      ? engine.estimate(circulation, subject, asked.input)
      : engine.estimate(generation, subject, asked.input));
    add(subject.folder, expected, alike.length);
  }
  const storedBytes = [...attributions, ...others].reduce((sum, one) => sum + storedBytesOf(one), 0);
  const loadTime = Array.from(loads.values()).reduce((sum, seconds) => sum + seconds, 0);
  return { seconds: runTime + loadTime, peakMemory, storedBytes };
}

/** The same for questions that take the same. */
function shapeOf({ subject: { folder }, asked: { kind, input } }: OtherAsked): string {
  const track = 'track' in input ? input.track.length : 0;
  return JSON.stringify([folder, kind, { ...input, inputIds: input.inputIds.length, track, target: 0, messages: 0 }]);
}
