/** Speed and memory, as ratios measured side by side in one run: `npm run bench`. Prints the tables of docs/speed.md. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { env } from 'onnxruntime-node';
import { initModel } from '../../src/cli/models/init.ts';
import { keepMemory } from '../../src/jobs/runner-process.ts';
import { readSettings } from '../../src/settings.ts';
import { estimateRows } from './estimates.ts';
import { loadTime, prepare, type Scenario } from './measure.ts';

// As runners have it: the system reads it when a process starts, and never again.
const environment = { ...process.env, ...keepMemory };
if (process.execve && process.env.MALLOC_TOP_PAD_ !== keepMemory.MALLOC_TOP_PAD_)
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], environment);

const lengths = [64, 256, 512];
const repetitions = 9;
/** Of GPT-2 small: 124 million parameters. */
const shape = { width: 768, layers: 12, heads: 12, vocabulary: 50_257, context: 1024 };
const dtypes = ['F32', 'BF16'] as const;
const scenarios: Scenario[] = [
  'plain',
  'plainLast',
  'trace',
  'tokens',
  'layers',
  'everything',
  'circulate',
  'firstLayer',
];

const { threads } = readSettings(process.env);
const models = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
try {
  for (const dtype of dtypes) await initModel(models, 'gpt2', dtype, { ...shape, dtype, seed: 1 });
  // First, while this process is small: a child's peak starts at what its parent had.
  const memory: string[] = [];
  for (const dtype of dtypes) {
    for (const scenario of ['plain', 'trace', 'layers', 'everything', 'circulate'] as const) {
      const peaks: string[] = [];
      for (const length of lengths) peaks.push(((await peakMemory(dtype, scenario, length)) / 1e6).toFixed(2));
      memory.push(`| peak memory, ${dtype} weights: ${scenario}, GB | ${peaks.join(' | ')} |`);
    }
  }
  const folder = join(models, 'F32');
  const estimates = await estimateRows(folder, threads);
  const loading = new Map(dtypes.map((dtype) => [dtype, [] as string[]]));
  for (const dtype of dtypes) {
    for (const graphs of ['forward', 'reverse.FROZEN', 'circulation'] as const) {
      const times: number[] = [];
      for (let turn = 0; turn < 5; turn++) times.push(await loadTime(join(models, dtype), threads, graphs));
      loading.get(dtype)?.push(`${graphs} ${(median(times) / 1000).toFixed(2)} s`);
    }
  }
  const run = await prepare(folder, threads);
  console.log(
    `${cpus()[0]?.model.trim()}, ${threads} threads, node ${process.version}, onnxruntime ${env.versions.node}; medians of ${repetitions}\n`,
  );
  console.log('| | T = 64 | T = 256 | T = 512 |\n| --- | --- | --- | --- |');
  const medians = new Map<number, Map<Scenario, number>>();
  for (const length of lengths) {
    const times = new Map<Scenario, number[]>(scenarios.map((scenario) => [scenario, []]));
    for (const scenario of scenarios) await run(scenario, length);
    // Turn by turn, so that whatever else the machine does meets all alike.
    for (let repetition = 0; repetition < repetitions; repetition++) {
      for (const scenario of scenarios) times.get(scenario)?.push(await run(scenario, length));
    }
    medians.set(length, new Map([...times].map(([scenario, values]) => [scenario, median(values)])));
    process.stderr.write(`T = ${length} measured\n`);
  }
  const row = (name: string, cell: (of: (scenario: Scenario) => number) => string) =>
    console.log(
      `| ${name} | ${lengths.map((length) => cell((scenario) => medians.get(length)?.get(scenario) ?? Number.NaN)).join(' | ')} |`,
    );
  const ratio = (value: number) => value.toFixed(2);
  row('plain whole-model graph, ms', (of) => of('plain').toFixed(0));
  row('… with logits of the last position only, ms', (of) => of('plainLast').toFixed(0));
  row('traced forward pass / plain', (of) => ratio(of('trace') / of('plain')));
  row('traced forward pass / plain, last position only', (of) => ratio(of('trace') / of('plainLast')));
  row('forward + reverse, all heads and layers / plain', (of) => ratio(of('layers') / of('plain')));
  row('forward + reverse, all heads and layers / plain, last position only', (of) =>
    ratio(of('layers') / of('plainLast')),
  );
  row('attribution to tokens only / everything selected', (of) => ratio(of('tokens') / of('everything')));
  row('circulation of one token / plain', (of) => ratio(of('circulate') / of('plain')));
  row(
    'first layer event, share of the whole circulation',
    (of) => `${((of('firstLayer') / of('circulate')) * 100).toFixed(0)} %`,
  );
  for (const row of memory) console.log(row);
  console.log('\nLoading all blocks, files in the page cache:');
  for (const [dtype, times] of loading) console.log(`${dtype}: ${times.join(', ')}`);
  for (const row of ['', ...estimates]) console.log(row);
} finally {
  await rm(models, { recursive: true });
}

/** Kilobytes. */
async function peakMemory(dtype: string, scenario: Scenario, length: number): Promise<number> {
  const script = fileURLToPath(new URL('./measure.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    join(models, dtype),
    String(threads),
    scenario,
    String(length),
  ]);
  return Number(stdout);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
