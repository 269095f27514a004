import { realpathSync } from 'node:fs';
import { specificationOf } from '../../../src/architecture/registry.ts';
import { openModelFiles } from '../../../src/checkpoint/checkpoint.ts';
import { JobQueue } from '../../../src/jobs/queue.ts';
import type { Cell, Unit } from '../figure.ts';
import type { Group } from '../group.ts';
import { childrenOf, MemoryWatch, notTold } from '../memory.ts';
import { askAttribution, askCirculation, type Question } from '../questions.ts';

/** GB that a process may have in all. */
const most = 12;

const kinds: Readonly<Record<string, (length: number, layers: number) => Question>> = {
  'FROZEN tokens': (length) => askAttribution(length, 'FROZEN'),
  'FROZEN tokens, layers and heads': (length) => askAttribution(length, 'FROZEN', { layers: 1 }),
  GRADIENT: (length) => askAttribution(length, 'GRADIENT'),
  ATTN_LRP: (length) => askAttribution(length, 'ATTN_LRP'),
  'circulation of the last token': askCirculation,
};

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
    for (const length of lengths) {
      for (const [name, question] of Object.entries(kinds)) {
        progress(`${name}, T = ${length}`);
        const queue = new JobQueue({ workers: 1, threads, queue: 1, memory: most * 1e9 });
        using watch = new MemoryWatch(() => childrenOf(process.pid));
        const started = performance.now();
        const fault = await question(length, layerCount)
          .run(queue, model)
          .then(
            () => undefined,
            (error: Error) => error.message,
          );
        const seconds = (performance.now() - started) / 1000;
        const { peak } = watch;
        await queue.close();
        const cell = (row: string, value: number | undefined, unit: Unit, goal?: number): Cell => {
          const note = fault ?? (value === undefined ? notTold : undefined);
          return {
            row: `${name}, ${row}`,
            column: `T = ${length}`,
            value: note ? null : (value as number),
            unit,
            goal,
            note,
          };
        };
        yield cell('loading included', seconds, 's');
        yield cell('peak memory', peak && (peak.own + peak.files) / 1e9, 'GB', most);
        yield cell('its own of that', peak && peak.own / 1e9, 'GB');
      }
    }
  },
};
