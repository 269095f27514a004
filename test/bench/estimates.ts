/** How near estimates come: each kind of request in a process of its own, so that its peak memory is its own. */
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import type { AttributionRequest } from '../../src/explain/attribution/result.ts';
import { memoryIn } from '../../src/jobs/capacity/estimate.ts';
import type { Work } from '../../src/jobs/messages.ts';
import { WorkerPool } from '../../src/jobs/pool.ts';

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

function workOf(kind: Kind, length: number): Work {
  const inputIds = Array.from({ length }, (_, position) => position * 37 + 13);
  const target = { position: length - 1, token: null, against: null };
  if (kind === 'circulation') return { kind, request: { inputIds, track: [length - 1], target, layers: 12, top: 5 } };
  const request: AttributionRequest = {
    inputIds,
    targets: [target],
    method: kind === 'tokens' || kind === 'everything' ? 'FROZEN' : kind,
    selection:
      kind === 'everything' ? { layers: 1, neurons: 10, 'edges.TOTAL': 20, 'moves.TOTAL.LAYER.HEAD.TO.FROM': 1 } : {},
    ...(kind === 'INTEGRATED_GRADIENTS' && { options: { steps: 8 } }),
  };
  return { kind: 'attribution', request };
}

async function measure(folder: string, threads: number, kind: Kind, length: number): Promise<Ratios> {
  const pool = new WorkerPool({ workers: 1, threads, queue: 1 });
  const model = await openModelFiles(folder);
  const work = workOf(kind, length);
  const run = async () => {
    const started = performance.now();
    if (work.kind === 'attribution') await pool.attribute(model, work.request);
    else if (work.kind === 'circulation') await pool.circulate(model, work.request, { onStep: () => undefined });
    return (performance.now() - started) / 1000;
  };
  const calculated = await pool.estimate(model, work);
  const before = process.memoryUsage.rss();
  const first = await run();
  const times: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) times.push(await run());
  const actual = times.sort((a, b) => a - b)[repetitions >> 1] as number;
  const corrected = await pool.estimate(model, work);
  // In kilobytes, whatever the platform.
  const peak = process.resourceUsage().maxRSS * 1024 - before;
  await pool.close();
  return {
    // Lost between two runs that differ by more.
    load: actual > 2 * calculated.loadTime ? null : (first - actual) / calculated.loadTime,
    run: actual / calculated.runTime,
    corrected: actual / corrected.runTime,
    memory: peak / memoryIn(calculated),
  };
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
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', script, folder, String(threads), kind, String(length)],
        // As the server has it.
        { env: { ...process.env, MALLOC_MMAP_THRESHOLD_: String(2 ** 21) } },
      );
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
