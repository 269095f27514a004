import { realpathSync } from 'node:fs';
import { specificationOf } from '../../../src/architecture/registry.ts';
import { openModelFiles } from '../../../src/checkpoint/checkpoint.ts';
import { JobQueue } from '../../../src/jobs/queue.ts';
import type { Group } from '../group.ts';
import { childrenOf, MemoryWatch, notTold } from '../memory.ts';
import { askAttribution, askCirculation, type Question } from '../questions.ts';

/** GB that a process may have in all. */
const most = 12;

/** What would take more than it may is refused, as by a server with that budget. */
export const long: Group = {
  name: 'long',
  title: `Long prompts, by a server that may take ${most} GB`,
  shapes: ['gpt2', 'llama-135m'],
  lengths: (shape) => (shape === 'gpt2' ? [2048] : [8192]),
  byNameOnly: true,
  async *measure({ folder, lengths, threads, progress }) {
    const model = await openModelFiles(realpathSync(folder));
    const { layerCount } = specificationOf(model);
    const kinds: readonly (readonly [string, (length: number) => Question])[] = [
      ['FROZEN tokens', (length) => askAttribution(length, 'FROZEN')],
      ['circulation of the last token', (length) => askCirculation(length, layerCount)],
    ];
    for (const length of lengths) {
      for (const [name, question] of kinds) {
        progress(`${name}, T = ${length}`);
        const queue = new JobQueue({ workers: 1, threads, queue: 1, memory: most * 1e9 });
        using watch = new MemoryWatch(() => childrenOf(process.pid));
        const started = performance.now();
        const fault = await question(length)
          .run(queue, model)
          .then(
            () => undefined,
            (error: Error) => error.message,
          );
        const seconds = (performance.now() - started) / 1000;
        const { peak } = watch;
        await queue.close();
        const column = `T = ${length}`;
        yield { row: `${name}, loading included`, column, value: fault ? null : seconds, unit: 's', note: fault };
        const whole = peak && (peak.own + peak.files) / 1e9;
        const value = fault ? null : (whole ?? null);
        yield {
          row: `${name}, peak memory`,
          column,
          value,
          unit: 'GB',
          goal: most,
          note: fault ?? (peak ? undefined : notTold),
        };
        yield {
          row: `${name}, its own of that`,
          column,
          value: fault ? null : peak ? peak.own / 1e9 : null,
          unit: 'GB',
        };
      }
    }
  },
};
