/** How near estimates come: each kind of request in a process of its own, so that its peak memory is its own. */
import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import type { Snapshot } from '../../src/checkpoint/fingerprint.ts';
import type { AttributionRequest } from '../../src/explain/attribution/result.ts';
import { type Estimate, memoryIn } from '../../src/jobs/capacity/estimate.ts';
import type { WeightsSetting } from '../../src/jobs/capacity/packing.ts';
import { attribution } from '../../src/jobs/kinds/attribution.ts';
import { circulation } from '../../src/jobs/kinds/circulation.ts';
import type { JobKind } from '../../src/jobs/kinds/kind.ts';
import { JobQueue } from '../../src/jobs/queue.ts';

const kinds = ['tokens', 'everything', 'GRADIENT', 'INTEGRATED_GRADIENTS', 'OCCLUSION', 'circulation'] as const;
type Kind = (typeof kinds)[number];
const lengths = [64, 256] as const;
const repetitions = 3;

/** Actual over estimated. */
interface Ratios {
  /** Null where it cannot be told from the run. */
  readonly load: number | null;
  /** By the calibration alone, and corrected by the jobs before. */
  readonly run: number;
  readonly corrected: number;
  readonly memory: number;
}

/** A job with all that it is asked by. */
interface Question {
  run(queue: JobQueue, model: Snapshot): Promise<unknown>;
  estimate(queue: JobQueue, model: Snapshot): Promise<Estimate>;
}

function question<Request, Result, Step>(job: JobKind<Request, Result, Step>, request: Request): Question {
  return {
    run: (queue, model) => queue.run(job, model, request),
    estimate: (queue, model) => queue.estimate(job as JobKind<Request>, model, request),
  };
}

function questionOf(kind: Kind, length: number): Question {
  const inputIds = Array.from({ length }, (_, position) => position * 37 + 13);
  const target = { position: length - 1, token: null, against: null };
  if (kind === 'circulation')
    return question(circulation, { inputIds, track: [length - 1], target, layers: 12, top: 5 });
  const request: AttributionRequest = {
    inputIds,
    targets: [target],
    method: kind === 'tokens' || kind === 'everything' ? 'FROZEN' : kind,
    selection:
      kind === 'everything' ? { layers: 1, neurons: 10, 'edges.TOTAL': 20, 'moves.TOTAL.LAYER.HEAD.TO.FROM': 1 } : {},
    ...(kind === 'INTEGRATED_GRADIENTS' && { options: { steps: 8 } }),
  };
  return question(attribution, request);
}

async function measure(
  folder: string,
  threads: number,
  weights: WeightsSetting,
  kind: Kind,
  length: number,
): Promise<Ratios> {
  const queue = new JobQueue({ workers: 1, threads, queue: 1, weights });
  const model = await openModelFiles(folder);
  const { run: ask, estimate } = questionOf(kind, length);
  const run = async () => {
    const started = performance.now();
    await ask(queue, model);
    return (performance.now() - started) / 1000;
  };
  // Of a runner that has measured the machine, and has no model.
  const calculated = await estimate(queue, model);
  const peak = watchOwnMemory();
  const first = await run();
  const times: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) times.push(await run());
  const actual = times.sort((a, b) => a - b)[repetitions >> 1] as number;
  const corrected = await estimate(queue, model);
  const most = peak() - bare;
  await queue.close();
  return {
    // Lost between two runs that differ by more.
    load: actual > 2 * calculated.loadTime ? null : (first - actual) / calculated.loadTime,
    run: actual / calculated.runTime,
    corrected: actual / corrected.runTime,
    memory: most / memoryIn(calculated),
  };
}

/** Bytes of its own that a runner has before it has a model. */
const bare = 65e6;
/** Milliseconds between two looks. */
const often = 4;

/**
 * Looks at the runner of this process until it is asked for the most that it has found, in bytes. The system's copies of
 * files are not the runner's own, and the system itself remembers only the peak of both together.
 */
function watchOwnMemory(): () => number {
  let most = 0;
  let status: string | undefined;
  const timer = setInterval(() => {
    status ??= statusOfRunner();
    const [, kilobytes = '0'] = /RssAnon:\s+(\d+)/.exec(status ? readFileSync(status, 'utf8') : '') ?? [];
    most = Math.max(most, Number(kilobytes) * 1024);
  }, often);
  return () => {
    clearInterval(timer);
    return most;
  };
}

function statusOfRunner(): string | undefined {
  const [child] = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ');
  return child ? `/proc/${child}/status` : undefined;
}

/** @returns rows of a table: actual over estimated, of each kind of request with lean and with packed weights */
export async function estimateRows(folder: string, threads: number): Promise<string[]> {
  const rows: string[] = [
    '| actual / estimated | weights | T | running | … once corrected | loading | peak of own memory |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const kind of kinds) {
    for (const weights of ['lean', 'packed'] as const) {
      // A forward pass for each token.
      for (const length of kind === 'OCCLUSION' ? lengths.slice(0, 1) : lengths) {
        const script = fileURLToPath(import.meta.url);
        const question = [weights, kind, String(length)];
        const { stdout } = await promisify(execFile)(process.execPath, [script, folder, String(threads), ...question]);
        const { load, run, corrected, memory } = JSON.parse(stdout) as Ratios;
        const cells = [run, corrected, load, memory].map((ratio) => ratio?.toFixed(2) ?? '').join(' | ');
        rows.push(`| ${kind} | ${weights} | ${length} | ${cells} |`);
      }
    }
  }
  return rows;
}

if (import.meta.main) {
  const [folder = '', threads = '1', weights = 'auto', kind = 'tokens', length = '64'] = process.argv.slice(2);
  const question = [weights as WeightsSetting, kind as Kind, Number(length)] as const;
  console.log(JSON.stringify(await measure(realpathSync(folder), Number(threads), ...question)));
}
