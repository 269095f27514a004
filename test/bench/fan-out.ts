/**
 * One run that many follow: how long until all have all of it, and what it costs others meanwhile. By itself:
 * `npm run bench:fan-out -- --subscribers 1000 --blocks 40`. Server and subscribers are processes of their own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import type { CirculationStep, TokenCirculationResult } from '../../src/explain/circulation/event.ts';
import { startServer } from '../../src/server/server.ts';
import { readSettings } from '../../src/settings.ts';
import { referenceFolder } from '../reference/reference.ts';
import { completed, passed, ScriptedEngine, started } from '../support/scripted-engine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export interface FanOutOptions {
  readonly subscribers: number;
  /** How many of them share a socket. */
  readonly perSocket: number;
  /** How many sockets subscribe and then read nothing. */
  readonly unread: number;
  readonly blocks: number;
  /** Milliseconds between two of them. */
  readonly interval: number;
  /** Tokens whose tensors are told, 12 heads each; 0 for events of some hundred bytes. */
  readonly tracked: number;
  readonly positions: number;
}

export interface FanOutFigures {
  /** Milliseconds from the first subscription to the first event of the last subscriber. */
  readonly joined: number;
  /** Subscribers that were told every event, once and in order, and the end; those that do not read are none of them. */
  readonly complete: number;
  /** Milliseconds from the moment a step was made to the arrival of its event. */
  readonly latency: { readonly median: number; readonly p99: number };
  /** Milliseconds from the first step of the run to the arrival of the last event. */
  readonly lasted: number;
  /** Milliseconds from the end of the run to the arrival of the last event. */
  readonly afterEnd: number;
  readonly megabytes: number;
  /** Milliseconds of processor time that the server took from the first step to the last arrival. */
  readonly processor: number;
  /** Milliseconds of a cheap query, asked every 50 ms meanwhile. */
  readonly query: { readonly median: number; readonly p99: number };
  /** Megabytes that the server's process had when it was new, before anybody came, at most, and when all had left. */
  readonly memory: { readonly fresh: number } & Memory;
  readonly load: number;
}

interface Memory {
  readonly before: number;
  readonly peak: number;
  readonly after: number;
}

/** What one round of it is. */
interface Asked extends FanOutOptions {
  readonly url: string;
  /** Of another one, another run. */
  readonly seed: number;
}

interface Arrivals {
  /** Of each event, the moments at which it arrived. */
  readonly moments: number[][];
  readonly complete: number;
  readonly bytes: number;
}

const small = '__typename ... on RunEvent { seq } ... on LayerCirculated { lens { token { text } probability } }';
const tensors = `... on RunEvent { seq } ... on LayerCirculated { tracked {
  share norm throughAttention throughMlp heads { shape base64 } paid { shape base64 } received { shape base64 }
} }`;

const standard: FanOutOptions = {
  subscribers: 1000,
  perSocket: 1,
  unread: 0,
  blocks: 40,
  interval: 12,
  tracked: 0,
  positions: 256,
};

export async function fanOut(given: Partial<FanOutOptions> = {}): Promise<FanOutFigures> {
  const options = { ...standard, ...given };
  await using folder = await temporaryFolder();
  await using parts = new AsyncDisposableStack();
  const role = (name: 'server' | 'subscribers') => {
    const child = fork(import.meta.filename, [name, folder.path], { execArgv: [...process.execArgv, '--expose-gc'] });
    parts.defer(() => end(child));
    return child;
  };
  const server = role('server');
  const url = await answer<string>(server);
  // The figures are of a server that has served as many before: the heap that it needed for them it keeps.
  const first = await round(server, role('subscribers'), { ...options, url, seed: 1 });
  const second = await round(server, role('subscribers'), { ...options, url, seed: 2 });
  return { ...second, memory: { fresh: first.memory.before, ...second.memory } };
}

async function round(server: ChildProcess, subscribers: ChildProcess, asked: Asked) {
  const before = await leastMemory(server);
  const opened = performance.now();
  subscribers.send(asked);
  await answer(subscribers);
  const arrived = answer<Arrivals>(subscribers);
  const joined = performance.now() - opened;
  const processor = await ask<number>(server, { processor: true });
  // Made here, as a runner makes them, however busy the server is.
  const made: number[] = [];
  const run = (async () => {
    for (let layer = 0; layer <= asked.blocks; layer++) {
      made[layer + 1] = Date.now();
      server.send(layer < asked.blocks ? { layer, asked } : { end: true });
      await pause(asked.interval);
    }
  })();
  const queries: number[] = [];
  let peak = 0;
  for (let over = false; !over; over = await Promise.race([arrived.then(() => true), pause(50, false)])) {
    const begun = performance.now();
    await cheapQuery(asked.url);
    queries.push(performance.now() - begun);
    peak = Math.max(peak, await ask<number>(server, { peak: true }));
  }
  await run;
  const { moments, complete, bytes } = await arrived;
  const late = moments.map((arrivals, seq) => arrivals.map((moment) => moment - (made[seq] ?? Number.NaN)));
  const latencies = late.slice(1).flat();
  await end(subscribers);
  return {
    joined,
    complete,
    latency: { median: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    lasted: moments.flat().reduce((last, moment) => Math.max(last, moment), 0) - (made[1] ?? Number.NaN),
    afterEnd: quantile(late.at(-1) ?? [], 1),
    megabytes: bytes / 1e6,
    processor: (await ask<number>(server, { processor: true })) - processor,
    query: { median: quantile(queries, 0.5), p99: quantile(queries, 0.99) },
    memory: { before, peak: peak / 1e6, after: await leastMemory(server) },
    load: loadavg()[0] ?? Number.NaN,
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit');
}

/** Megabytes, when what is left has been given back. */
async function leastMemory(server: ChildProcess): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 10; look++) {
    await pause(200);
    least = Math.min(least, (await ask<number>(server, { memory: true })) / 1e6);
  }
  return least;
}

async function cheapQuery(url: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ runs(first: 5) { edges { node { id status } } } }' }),
  });
  await response.text();
}

function answer<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`A process of the load test ended with ${code}`));
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as Message);
    });
  });
}

function ask<Message>(child: ChildProcess, question: object): Promise<Message> {
  const answered = answer<Message>(child);
  child.send(question);
  return answered;
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? Number.NaN;
}

/** A server whose one run goes on when it is told to. */
async function serve(folder: string): Promise<void> {
  await cp(referenceFolder('llama-grouped'), join(folder, 'models', 'llama'), { recursive: true });
  const engine = new ScriptedEngine();
  const settings = readSettings({
    PORT: '0',
    DATABASE_URL: `file:${join(folder, 'fan-out.db')}`,
    MODELS_DIR: join(folder, 'models'),
  });
  const server = await startServer(settings, pino({ level: 'warn' }, pino.destination(2)), { engine });
  // The first subscriber starts the run, and each is there once it has this.
  const run = engine.run.bind(engine);
  engine.run = async (...args: Parameters<typeof run>) => {
    const ended = run(...args);
    engine.step(started);
    return ended as never;
  };
  let peak = 0;
  setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  process.on(
    'message',
    (message: { layer?: number; asked: Asked; end?: true; memory?: true; peak?: true; processor?: true }) => {
      if (message.layer !== undefined) engine.step(stepOf(message.layer, message.asked));
      if (message.memory) globalThis.gc?.();
      if (message.memory) process.send?.(process.memoryUsage.rss());
      if (message.peak) process.send?.(peak);
      if (message.processor) process.send?.((process.cpuUsage().user + process.cpuUsage().system) / 1000);
      if (!message.end) return;
      engine.step(completed);
      engine.end();
    },
  );
  process.send?.(server.url);
}

function stepOf(layer: number, { tracked, positions }: FanOutOptions): CirculationStep {
  const step = passed(layer);
  if (tracked === 0 || step.type !== 'LAYER') return step;
  const floats = (length: number) => Float32Array.from({ length }, (_, index) => Math.fround(Math.sin(layer + index)));
  const token = (position: number): TokenCirculationResult => ({
    ...(step.tracked[0] as TokenCirculationResult),
    position,
    share: floats(positions),
    norm: floats(positions),
    throughAttention: floats(positions),
    throughMlp: floats(positions),
    heads: floats(12 * positions),
    paid: floats(12 * positions),
    received: floats(12 * positions),
  });
  return { ...step, tracked: Array.from({ length: tracked }, (_, index) => token(index)) };
}

/** Follow the run; nothing is parsed of what they are told but what tells whether it is complete. */
async function subscribe({ url, seed, subscribers, perSocket, unread, blocks, tracked }: Asked) {
  const input = `{ model: "llama", prompt: { tokenIds: [5, ${seed}] } }`;
  const query = `subscription { circulation(input: ${input}) { ${tracked > 0 ? tensors : small} } }`;
  const moments = Array.from({ length: blocks + 2 }, (): number[] => []);
  let [bytes, complete, joined] = [0, 0, 0];
  const reading = subscribers - unread * perSocket;
  const everybody = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  for (let index = 0; index < subscribers; index += perSocket) {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { skipUTF8Validation: true });
    const last = new Array(perSocket).fill(-1);
    const reads = index >= unread * perSocket;
    socket.on('message', (message: Buffer) => {
      bytes += message.length;
      const [, type] = /"type":"(\w+)"/.exec(message.toString('latin1', 0, 60)) ?? [];
      if (type === 'connection_ack') {
        for (let id = 0; id < perSocket; id++)
          socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }));
        if (!reads) socket.pause();
        return;
      }
      const head = message.toString('latin1', 0, 200);
      const id = Number(/"id":"(\d+)"/.exec(head)?.[1]);
      if (type === 'complete') {
        if (last[id] === blocks + 1 && ++complete === reading) all.resolve();
        return;
      }
      const seq = Number(/"seq":(\d+)/.exec(head)?.[1]);
      if (seq !== last[id] + 1) throw new Error(`after ${last[id]} came ${head}`);
      last[id] = seq;
      moments[seq]?.push(Date.now());
      if (seq === 0 && ++joined === reading) everybody.resolve();
    });
    socket.on('close', (code, reason) => {
      if (reads) throw new Error(`a socket was closed with ${code} ${reason}`);
    });
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
  }
  await everybody.promise;
  process.send?.('joined');
  await all.promise;
  process.send?.({ moments, complete, bytes } satisfies Arrivals);
}

if (import.meta.main) {
  if (process.argv[2] === 'server') await serve(process.argv[3] ?? '');
  else if (process.argv[2] === 'subscribers') process.once('message', (asked: Asked) => subscribe(asked));
  else {
    const names = Object.keys(standard) as (keyof FanOutOptions)[];
    const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
    const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
    console.log(await fanOut(options));
  }
}
