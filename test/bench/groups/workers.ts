import { realpathSync } from 'node:fs';
import { openModelFiles } from '../../../src/checkpoint/checkpoint.ts';
import { JobQueue } from '../../../src/jobs/queue.ts';
import { type Cell, median, type Unit } from '../figure.ts';
import type { Group } from '../group.ts';
import { childrenOf, memoryOf, notTold } from '../memory.ts';
import { askAttribution } from '../questions.ts';

/** Two requests to one model at once, each by a worker of one thread; the files' pages are the same for both. */
export const workers: Group = {
  name: 'workers',
  title: 'FROZEN tokens by two workers of one thread each, weights lean',
  shapes: ['gpt2', 'llama-135m'],
  lengths: () => [64],
  async *measure({ folder, lengths, repetitions, progress }) {
    const model = await openModelFiles(realpathSync(folder));
    // Always: by itself it would pack them between two of many turns.
    const queue = new JobQueue({ workers: 2, threads: 1, queue: 2, weights: 'lean' });
    try {
      for (const length of lengths) {
        const seconds = async (count: number) => {
          const started = performance.now();
          const question = askAttribution(length, 'FROZEN');
          await Promise.all(Array.from({ length: count }, () => question.run(queue, model)));
          return (performance.now() - started) / 1000;
        };
        // Both load.
        await seconds(2);
        const [alone, together]: [number[], number[]] = [[], []];
        for (let turn = 0; turn < repetitions; turn++) {
          progress(`T = ${length}, turn ${turn + 1} of ${repetitions}`);
          alone.push(await seconds(1));
          together.push(await seconds(2));
        }
        const runners = childrenOf(process.pid).flatMap((pid) => memoryOf(pid) ?? []);
        const cell = (row: string, value: number, unit: Unit, goal?: number): Cell => {
          const known = Number.isFinite(value);
          return {
            row,
            column: `T = ${length}`,
            value: known ? value : null,
            unit,
            goal,
            note: known ? undefined : notTold,
          };
        };
        yield cell('one alone', median(alone), 's');
        yield cell('two at once / one alone', median(together) / median(alone), 'ratio', 1.2);
        yield cell('own memory of the larger one', Math.max(...runners.map(({ own }) => own)) / 1e9, 'GB');
        yield cell('pages of files, mostly shared', Math.max(...runners.map(({ files }) => files)) / 1e9, 'GB');
      }
    } finally {
      await queue.close();
    }
  },
};
