import { basename } from 'node:path';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { circulationSubscription, everythingQuery, tokensQuery } from '../documents.ts';
import { median } from '../figure.ts';
import type { Group } from '../group.ts';
import { BenchServer } from '../server.ts';

/** What a client waits for, of a server that has the model in memory. No two requests ask the same. */
export const answers: Group = {
  name: 'answers',
  title: 'Over the network, the model in memory',
  shapes: ['gpt2'],
  lengths: () => [64, 256],
  async *measure({ folder, lengths, repetitions, threads, weights, progress }) {
    // Always held alike: by itself it would pack them between two of the turns.
    const variables = { THREADS: String(threads), WEIGHTS: weights.toLowerCase() };
    await using server = await BenchServer.start(folder, variables);
    let asked = 0;
    const inputOf = (length: number) => ({
      model: basename(folder),
      prompt: {
        tokenIds: Array.from({ length }, (_, position) => (position === 0 ? ++asked : (position * 37 + 13) % 251)),
      },
    });
    const ask = async (query: string, length: number) => {
      const started = performance.now();
      await server.ask(query, { input: inputOf(length) });
      return performance.now() - started;
    };
    const follow = (length: number) => followed(server.url, inputOf(length));
    for (const length of lengths) {
      const turns: Record<string, number>[] = [];
      // The first one loads, and warms up.
      for (let turn = -1; turn < repetitions; turn++) {
        progress(`T = ${length}, turn ${turn + 1} of ${repetitions}`);
        const found = { tokens: await ask(tokensQuery, length), everything: await ask(everythingQuery, length) };
        const [started, first, whole] = await follow(length);
        if (turn >= 0) turns.push({ ...found, started, first, whole });
      }
      const column = `T = ${length}`;
      const cell = (row: string, name: string) =>
        ({ row, column, value: median(turns.map((turn) => turn[name] ?? Number.NaN)), unit: 'ms' }) as const;
      yield cell('FROZEN tokens over HTTP', 'tokens');
      yield cell('FROZEN everything over HTTP', 'everything');
      yield cell('circulation over a WebSocket: the first event', 'started');
      yield cell('… the first block', 'first');
      yield cell('… the whole', 'whole');
    }
  },
};

/** @returns milliseconds from the subscription to the first event, the first block and the end */
async function followed(url: string, input: object): Promise<[started: number, first: number, whole: number]> {
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, lazy: false });
  try {
    await new Promise<void>((connected) => client.on('connected', () => connected()));
    const began = performance.now();
    const moments: number[] = [];
    for await (const { data } of client.iterate<{ circulation: { message?: string } }>({
      query: circulationSubscription,
      variables: { input },
    })) {
      const fault = data?.circulation.message;
      if (fault) throw new Error(fault);
      moments.push(performance.now() - began);
    }
    return [moments[0], moments[1], moments.at(-1)] as [number, number, number];
  } finally {
    await client.dispose();
  }
}
