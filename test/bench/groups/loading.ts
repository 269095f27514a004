import { realpathSync } from 'node:fs';
import { specificationOf } from '../../../src/architecture/registry.ts';
import { openModelFiles } from '../../../src/checkpoint/checkpoint.ts';
import { JobQueue } from '../../../src/jobs/queue.ts';
import { type Cell, median } from '../figure.ts';
import type { Bench, Group } from '../group.ts';
import { childrenOf, MemoryWatch, notTold } from '../memory.ts';
import { evict, warm } from '../page-cache.ts';
import { askAttribution, askCirculation } from '../questions.ts';

const length = 64;
/** GB of its own that the process may have, and seconds to the first answer, of a model in the page cache. */
const goals = { own: 1, first: 3 };
/** Which that is held to; a figure of a small model says nothing. */
const heldTo = 'llama-1b';

/** A first request: of a server that has measured the machine, and no process for the model. */
export const loading: Group = {
  name: 'loading',
  title: `The first request to a model, T = ${length}`,
  shapes: ['gpt2', 'llama-135m', 'llama-1b'],
  lengths: () => [],
  async *measure(bench) {
    const turns = Math.min(bench.repetitions, 3);
    for (const [column, prepare] of [
      ['file in the page cache', warm],
      ['file on the disk', evict],
    ] as const) {
      bench.progress(column);
      const found: Taken[] = [];
      let fault: string | undefined;
      for (let turn = 0; turn < turns && fault === undefined; turn++) {
        fault = (await prepare(bench.folder)) ?? undefined;
        if (fault === undefined) found.push(await take(bench, () => prepare(bench.folder)));
      }
      const held = bench.shape === heldTo && prepare === warm;
      const cell = (row: string, of: (taken: Taken) => number | undefined, unit: Cell['unit'], goal?: number): Cell => {
        const values = found.map(of).filter((value) => value !== undefined);
        const note = fault ?? (values.length === 0 ? notTold : undefined);
        return { row, column, unit, goal: held ? goal : undefined, value: note ? null : median(values), note };
      };
      yield cell('FROZEN tokens, first answer', ({ first }) => first, 's', goals.first);
      yield cell('FROZEN tokens, the next answer', ({ next }) => next, 's');
      yield cell('its process afterwards, own memory', ({ own }) => own, 'GB', goals.own);
      yield cell('its process afterwards, pages of files', ({ files }) => files, 'GB');
      yield cell('circulation, the first block told', ({ firstEvent }) => firstEvent, 's');
    }
  },
};

/** Seconds, GB. */
interface Taken {
  readonly first: number;
  readonly next: number;
  readonly own: number | undefined;
  readonly files: number | undefined;
  readonly firstEvent: number;
}

/** @param again before the second process for the model */
async function take({ folder, threads }: Bench, again: () => Promise<unknown>): Promise<Taken> {
  const model = await openModelFiles(realpathSync(folder));
  const tokens = askAttribution(length, 'FROZEN');
  const seconds = async (ask: () => Promise<unknown>) => {
    const started = performance.now();
    await ask();
    return (performance.now() - started) / 1000;
  };
  const inQueue = async <Value>(use: (queue: JobQueue) => Promise<Value>) => {
    const queue = new JobQueue({ workers: 1, threads, queue: 1 });
    try {
      // The machine is measured by now.
      await tokens.estimate(queue, model);
      return await use(queue);
    } finally {
      await queue.close();
    }
  };
  const attribution = await inQueue(async (queue) => {
    using watch = new MemoryWatch(() => childrenOf(process.pid));
    const first = await seconds(() => tokens.run(queue, model));
    const next = await seconds(() => tokens.run(queue, model));
    const { own, files } = watch.peak ?? {};
    return { first, next, own: own && own / 1e9, files: files && files / 1e9 };
  });
  await again();
  const firstEvent = await inQueue(async (queue) => {
    const told = Promise.withResolvers<void>();
    return seconds(() => {
      const run = askCirculation(length, specificationOf(model).layerCount).run(
        queue,
        model,
        (step) => 'layer' in step && told.resolve(),
      );
      return Promise.race([told.promise, run]);
    });
  });
  return { ...attribution, firstEvent };
}
