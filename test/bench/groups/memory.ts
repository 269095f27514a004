import type { Group } from '../group.ts';
import { type Memory, MemoryWatch, notTold } from '../memory.ts';
import { measureTimes } from '../timing.ts';
import { circulation } from './circulation.ts';
import { passes } from './passes.ts';

const measured = [
  ['plain', passes.name, 'plainLast'],
  ['traced forward pass', passes.name, 'traced'],
  ['FROZEN tokens', passes.name, 'tokens'],
  ['FROZEN everything', passes.name, 'everything'],
  ['circulation of the last token', circulation.name, 'lastLens'],
] as const;

export const memory: Group = {
  name: 'memory',
  title: 'Peak memory of a process',
  shapes: ['gpt2', 'llama-135m'],
  lengths: () => [64, 512],
  async *measure(bench) {
    for (const length of bench.lengths) {
      for (const [row, group, scenario] of measured) {
        const peak = await peakOf(group, scenario, { ...bench, lengths: [length], repetitions: 2 });
        for (const [part, of] of [
          ['own', (memory: Memory) => memory.own],
          ['pages of files', (memory: Memory) => memory.files],
        ] as const) {
          const note = typeof peak === 'string' ? peak : undefined;
          const value = typeof peak === 'string' ? null : of(peak) / 1e9;
          yield { row: `${row}, ${part}`, column: `T = ${length}`, value, unit: 'GB', note };
        }
      }
    }
  },
};

/** @returns why there is none, where it failed */
async function peakOf(group: string, scenario: string, bench: Parameters<Group['measure']>[0]) {
  let watch: MemoryWatch | undefined;
  try {
    for await (const [, times] of measureTimes(
      group,
      () => [scenario],
      bench,
      ({ pid }) => {
        watch = new MemoryWatch(() => (pid === undefined ? [] : [pid]));
      },
    )) {
      const failed = times[scenario];
      if (typeof failed === 'string') return failed;
    }
    return watch?.peak ?? notTold;
  } finally {
    watch?.[Symbol.dispose]();
  }
}
