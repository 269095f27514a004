/** How near estimates come: each kind of request in a process of its own, so that its peak memory is its own. */
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { promisify } from 'node:util';
import { openModelFiles } from '../../../src/checkpoint/checkpoint.ts';
import { memoryIn } from '../../../src/jobs/capacity/estimate.ts';
import type { WeightsSetting } from '../../../src/jobs/capacity/packing.ts';
import { JobQueue, type QueueSettings } from '../../../src/jobs/queue.ts';
import { median } from '../figure.ts';
import type { Group } from '../group.ts';
import { childrenOf, MemoryWatch } from '../memory.ts';
import { askAttribution, askCirculation, type Question } from '../questions.ts';
import { everything } from '../scenarios.ts';
import { shapes } from '../shapes.ts';

const repetitions = 3;
/** Bytes of its own that a runner has before it has a model. */
const bare = 65e6;
/** How weights are held. */
const ways = ['lean', 'packed'] as const satisfies readonly WeightsSetting[];

const kinds: Readonly<Record<string, (length: number, layers: number) => Question>> = {
  tokens: (length) => askAttribution(length, 'FROZEN'),
  everything: (length) => askAttribution(length, 'FROZEN', { ...everything, 'moves.TOTAL.LAYER.HEAD.TO.FROM': 1 }),
  GRADIENT: (length) => askAttribution(length, 'GRADIENT'),
  INTEGRATED_GRADIENTS: (length) => askAttribution(length, 'INTEGRATED_GRADIENTS', {}, { steps: 8 }),
  // A forward pass for each token.
  OCCLUSION: (length) => askAttribution(Math.min(length, 64), 'OCCLUSION'),
  circulation: askCirculation,
};

/** Actual over estimated. */
interface Ratios {
  /** By the calibration alone, and corrected by the jobs before. */
  readonly running: number;
  readonly corrected: number;
  /** Null where it cannot be told from the run, or the system does not tell. */
  readonly loading: number | null;
  readonly memory: number | null;
}

const columns: Readonly<Record<keyof Ratios, string>> = {
  running: 'running',
  corrected: '… once corrected',
  loading: 'loading',
  memory: 'peak of own memory',
};

export const estimates: Group = {
  name: 'estimates',
  title: 'Actual / estimated',
  shapes: ['gpt2'],
  lengths: () => [64, 256],
  async *measure({ shape, folder, lengths, threads, progress }) {
    const layers = 'layers' in shapes[shape] ? shapes[shape].layers : 1;
    for (const kind of Object.keys(kinds)) {
      for (const length of kind === 'OCCLUSION' ? lengths.slice(0, 1) : lengths) {
        for (const weights of ways) {
          const row = `${kind}, ${weights}, T = ${length}`;
          progress(row);
          const words = [import.meta.filename, folder, threads, weights, kind, length, layers].map(String);
          const { stdout } = await promisify(execFile)(process.execPath, words);
          const ratios = JSON.parse(stdout) as Ratios;
          for (const [name, column] of Object.entries(columns))
            yield { row, column, value: ratios[name as keyof Ratios], unit: 'ratio' };
        }
      }
    }
  },
};

async function measure(
  folder: string,
  settings: Pick<QueueSettings, 'threads' | 'weights'>,
  { run: ask, estimate }: Question,
): Promise<Ratios> {
  const queue = new JobQueue({ workers: 1, queue: 1, ...settings });
  const model = await openModelFiles(folder);
  const run = async () => {
    const started = performance.now();
    await ask(queue, model);
    return (performance.now() - started) / 1000;
  };
  // Of a runner that has measured the machine, and has no model.
  const calculated = await estimate(queue, model);
  // Not before: the process that measures the machine has memory of its own, and is gone by now.
  using watch = new MemoryWatch(() => childrenOf(process.pid));
  const first = await run();
  const times: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) times.push(await run());
  const actual = median(times);
  const corrected = await estimate(queue, model);
  const { peak } = watch;
  await queue.close();
  return {
    running: actual / calculated.runTime,
    corrected: actual / corrected.runTime,
    // Lost between two runs that differ by more.
    loading: actual > 2 * calculated.loadTime ? null : (first - actual) / calculated.loadTime,
    memory: peak ? (peak.own - bare) / memoryIn(calculated) : null,
  };
}

if (import.meta.main) {
  const [folder = '', threads, weights, kind = 'tokens', length, layers] = process.argv.slice(2);
  const question = kinds[kind]?.(Number(length), Number(layers)) as Question;
  const settings = { threads: Number(threads), weights: weights as WeightsSetting };
  console.log(JSON.stringify(await measure(realpathSync(folder), settings, question)));
}
