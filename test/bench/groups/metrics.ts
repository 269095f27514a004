import { basename } from 'node:path';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { circulationSubscription, tokensQuery } from '../documents.ts';
import { median } from '../figure.ts';
import type { Group } from '../group.ts';
import { BenchServer } from '../server.ts';

/** Attributions of one turn, one after the other. */
const attributions = 200;
/** Tokens of their prompts. */
const length = 8;

/** What it costs to be observed: two servers, the same but for METRICS, asked in turns. No two requests ask the same. */
export const metrics: Group = {
  name: 'metrics',
  title: `A server with METRICS=on beside one without: ${attributions} small attributions, and a circulation`,
  shapes: ['sample'],
  lengths: () => [256],
  byNameOnly: true,
  async *measure({ folder, lengths, repetitions, threads, progress }) {
    const variables = { THREADS: String(threads), WEIGHTS: 'lean' };
    await using without = await BenchServer.start(folder, variables);
    await using having = await BenchServer.start(folder, { ...variables, METRICS: 'on' });
    const model = basename(folder);
    const servers = { without, having };
    const times = { without: [] as Turn[], having: [] as Turn[] };
    let asked = 0;
    for (let turn = -1; turn < repetitions; turn++) {
      progress(`turn ${turn + 1} of ${repetitions}`);
      // Who is first is another one each time: what was warm, or busy, is no advantage of one of them.
      const order = turn % 2 === 0 ? (['without', 'having'] as const) : (['having', 'without'] as const);
      for (const name of order) {
        const server = servers[name];
        const small = await timed(async () => {
          for (let request = 0; request < attributions; request++)
            await server.ask(tokensQuery, { input: { model, prompt: { tokenIds: promptOf(asked++, length) } } });
        });
        const whole = await timed(() =>
          followed(server.url, { model, prompt: { tokenIds: promptOf(asked++, lengths[0] as number) } }),
        );
        // The first turn loads, and compiles.
        if (turn >= 0) times[name].push({ small, whole });
      }
    }
    for (const [row, of] of [
      [`${attributions} attributions, T = ${length}`, (turn: Turn) => turn.small],
      [`a circulation, T = ${lengths[0]}`, (turn: Turn) => turn.whole],
    ] as const) {
      const before = median(times.without.map(of));
      const after = median(times.having.map(of));
      yield { row, column: 'without', value: before, unit: 'ms' };
      yield { row, column: 'with', value: after, unit: 'ms' };
      yield { row, column: 'with / without', value: after / before, unit: 'ratio', goal: 1.01 };
    }
  },
};

/** Milliseconds. */
interface Turn {
  readonly small: number;
  readonly whole: number;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function followed(url: string, input: object): Promise<void> {
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
  try {
    for await (const { data } of client.iterate<{ circulation: { message?: string } }>({
      query: circulationSubscription,
      variables: { input },
    }))
      if (data?.circulation.message) throw new Error(data.circulation.message);
  } finally {
    await client.dispose();
  }
}

/** Another one for each number. */
function promptOf(number: number, tokens: number): number[] {
  return Array.from({ length: tokens }, (_, position) =>
    position < 2 ? (number >> (8 * position)) % 256 : (position * 37 + 13) % 251,
  );
}
