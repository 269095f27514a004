/** How near estimates come: each kind of request in a process of its own, so that its peak memory is its own. */
import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import type { Snapshot } from '../../src/checkpoint/fingerprint.ts';
import type { AttributionRequest } from '../../src/explain/attribution/result.ts';
import { type Estimate, memoryIn } from '../../src/jobs/capacity/estimate.ts';
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

async function measure(folder: string, threads: number, kind: Kind, length: number): Promise<Ratios> {
  const queue = new JobQueue({ workers: 1, threads, queue: 1 });
  const model = await openModelFiles(folder);
  const { run: ask, estimate } = questionOf(kind, length);
  const run = async () => {
    const started = performance.now();
    await ask(queue, model);
    return (performance.now() - started) / 1000;
  };
  // Of a runner that has measured the machine, and has no model.
  const calculated = await estimate(queue, model);
  const first = await run();
  const times: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) times.push(await run());
  const actual = times.sort((a, b) => a - b)[repetitions >> 1] as number;
  const corrected = await estimate(queue, model);
  const peak = (await peakMemoryOfChildren()) - bare;
  await queue.close();
  return {
    // Lost between two runs that differ by more.
    load: actual > 2 * calculated.loadTime ? null : (first - actual) / calculated.loadTime,
    run: actual / calculated.runTime,
    corrected: actual / corrected.runTime,
    memory: peak / memoryIn(calculated),
  };
}

/** Bytes of a runner before it has a model. */
const bare = 90e6;

/** Bytes, the largest of all runners of this process. */
async function peakMemoryOfChildren(): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', String(process.pid)]);
  const peaks = stdout
    .trim()
    .split(/\s+/)
    .map((pid) => {
      try {
        return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
      } catch {
        return 0;
      }
    });
  return Math.max(0, ...peaks);
}

/** @returns rows of a table: actual over estimated, of each kind of request */
export async function estimateRows(folder: string, threads: number): Promise<string[]> {
  const rows: string[] = [
    '| actual / estimated | T | running | … once corrected | loading | peak memory |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (const kind of kinds) {
    // A forward pass for each token.
    for (const length of kind === 'OCCLUSION' ? lengths.slice(0, 1) : lengths) {
      const script = fileURLToPath(import.meta.url);
      const { stdout } = await promisify(execFile)(process.execPath, [
        script,
        folder,
        String(threads),
        kind,
        String(length),
      ]);
      const { load, run, corrected, memory } = JSON.parse(stdout) as Ratios;
      const cells = [run, corrected, load, memory].map((ratio) => ratio?.toFixed(2) ?? '').join(' | ');
      rows.push(`| ${kind} | ${length} | ${cells} |`);
    }
  }
  return rows;
}

if (import.meta.main) {
  const [folder = '', threads = '1', kind = 'tokens', length = '64'] = process.argv.slice(2);
  console.log(JSON.stringify(await measure(realpathSync(folder), Number(threads), kind as Kind, Number(length))));
}
