import { basename } from 'node:path';
import { tokensQuery } from '../documents.ts';
import { quantile } from '../figure.ts';
import type { Group } from '../group.ts';
import { BenchServer } from '../server.ts';

const clients = 64;
/** Of each client, one after the other. */
const requests = 8;

/** Many who ask at once. No two requests ask the same: nothing is replayed. */
export const clientsAtOnce: Group = {
  name: 'clients',
  title: `FROZEN tokens over HTTP, ${clients} clients at once and one alone`,
  shapes: ['sample'],
  lengths: () => [16],
  async *measure({ folder, lengths, threads, progress }) {
    for (const length of lengths) {
      for (const [column, count] of [
        ['one alone', 1],
        [`${clients} clients`, clients],
      ] as const) {
        progress(`T = ${length}, ${column}`);
        await using server = await BenchServer.start(folder, { THREADS: String(threads), MAX_QUEUE: '1000' });
        let asked = 0;
        const ask = async () => {
          const started = performance.now();
          await server.ask(tokensQuery, {
            input: { model: basename(folder), prompt: { tokenIds: promptOf(asked++, length) } },
          });
          return performance.now() - started;
        };
        const client = async (count: number) => {
          const times: number[] = [];
          for (let request = 0; request < count; request++) times.push(await ask());
          return times;
        };
        // Loads, measures the machine, and compiles.
        await client(100);
        const began = performance.now();
        const each = count === 1 ? clients * 2 : requests;
        const times = (await Promise.all(Array.from({ length: count }, () => client(each)))).flat();
        const seconds = (performance.now() - began) / 1000;
        const row = (name: string) => `T = ${length}, ${name}`;
        yield { row: row('requests'), column, value: times.length / seconds, unit: 'a second' };
        yield { row: row('p50'), column, value: quantile(times, 0.5), unit: 'ms' };
        yield { row: row('p99'), column, value: quantile(times, 0.99), unit: 'ms' };
      }
    }
  },
};

/** Another one for each number. */
function promptOf(number: number, length: number): number[] {
  return Array.from({ length }, (_, position) =>
    position < 2 ? (number >> (8 * position)) % 256 : (position * 37 + 13) % 251,
  );
}
