/**
 * A model that is larger than the memory that is there for it, through the real server: how long a pass takes, what of it is
 * waiting for the disk, and what memory the model's process has of its own. Linux. Waiting is what the system tells of all
 * processes (some wait for the disk and none computes): it is of this model where the machine does nothing else.
 * `node --expose-gc test/bench/larger-than-memory.ts <model> [--length 64] [--passes 2] [--memory <GB left for all else>]`;
 * MODELS_DIR says where the model lies.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { pino } from 'pino';
import { TributaryClient } from '../../src/client/client.ts';
import { startServer } from '../../src/server/server.ts';
import { readSettings } from '../../src/settings.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { childrenOf, MemoryWatch } from './memory.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    length: { type: 'string', default: '64' },
    passes: { type: 'string', default: '2' },
    memory: { type: 'string' },
  },
});
const model = positionals[0] ?? 'sample';
const length = Number(values.length);

type Asked = { readonly input: { readonly model: string; readonly prompt: { readonly tokenIds: readonly number[] } } };
type Answer = { readonly __typename: string; readonly message?: string; readonly audit?: { readonly gap: number } };

const circulation = parse(`subscription ($input: CirculationInput!) { circulation(input: $input) {
  __typename
  ... on LayerCirculated { layer elapsed lens { token { text } } }
  ... on CirculationCompleted { audit { gap } }
  ... on Error { message }
} }`) as TypedDocumentNode<{ readonly circulation: Answer }, Asked>;
const attribution = parse(`query ($input: LogitAttributionInput!) { logitAttribution(input: $input) {
  __typename
  ... on LogitAttribution { audit { gap } layers { heads { total } } }
  ... on Error { message }
} }`) as TypedDocumentNode<{ readonly logitAttribution: Answer }, Asked>;

interface Took {
  readonly load: number;
  readonly run: number;
  readonly waited: number;
}

await using parts = new AsyncDisposableStack();
const balloon = values.memory === undefined ? undefined : await inflate(Number(values.memory) * 1e9);
const runners = () => childrenOf(process.pid).filter((pid) => pid !== balloon);
const folder = parts.use(await temporaryFolder());
const jobs: Took[] = [];
const log = pino(
  { level: 'debug' },
  {
    write(line: string) {
      const said = JSON.parse(line) as { msg?: string } & Took;
      if (said.msg === 'a job is done') jobs.push(said);
    },
  },
);
const settings = readSettings({ ...process.env, PORT: '0', DATABASE_URL: `file:${join(folder.path, 'bench.db')}` });
const server = await startServer(settings, log);
parts.defer(() => server.close());
const client = new TributaryClient(server.url);
parts.defer(() => client.close());

for (let pass = 0; pass < Number(values.passes); pass++) {
  // Another prompt each time: what was asked before is not computed again.
  const tokenIds = Array.from({ length }, (_, position) => (position * 7919 + 13 * pass) % 256);
  const input = { model, prompt: { tokenIds } };
  await measured('circulation', async (first) => {
    let last: Answer | undefined;
    for await (const { circulation: event } of client.subscribe(circulation, { input })) {
      if (event.__typename === 'LayerCirculated') first();
      last = event;
    }
    return last;
  });
  await measured('FROZEN, layers and heads', async (first) => {
    const { logitAttribution } = await client.request(attribution, { input });
    first();
    return logitAttribution;
  });
}

async function measured(what: string, ask: (first: () => void) => Promise<Answer | undefined>): Promise<void> {
  const began = performance.now();
  const [before, stalledBefore] = [bytesRead(), stalled()];
  let first = 0;
  using watch = new MemoryWatch(runners, 100);
  const answer = await ask(() => {
    first ||= performance.now() - began;
  });
  if (!answer?.audit) throw new Error(answer?.message ?? `It ended with ${answer?.__typename}`);
  const whole = performance.now() - began;
  const { load, run, waited } = jobs.at(-1) as Took;
  const waiting = (1000 * (stalled() - stalledBefore)) / whole;
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  console.log(
    [
      `${what}, ${length} tokens: ${seconds(whole / 1000)}, first event after ${seconds(first / 1000)}`,
      `  loading ${seconds(load)}, pass ${seconds(run)}, of which ${seconds(waited)} for what is read ahead`,
      `  ${Math.round(100 * waiting)} % of all waiting for the disk`,
      `  own memory ${((watch.peak?.own ?? 0) / 1e9).toFixed(2)} GB at most, ${((bytesRead() - before) / 1e9).toFixed(1)} GB read from the disk, audit gap ${answer.audit.gap.toExponential(1)}`,
    ].join('\n'),
  );
}

/** Seconds so far in which whoever had something to do waited for the disk. */
function stalled(): number {
  return Number(/^full .*total=(\d+)/m.exec(told('/proc/pressure/io'))?.[1] ?? Number.NaN) / 1e6;
}

/** From the disk, by the runner that has read most. */
function bytesRead(): number {
  const counts = runners().map((pid) => Number(/^read_bytes: (\d+)/m.exec(told(`/proc/${pid}/io`))?.[1] ?? 0));
  return Math.max(0, ...counts);
}

/** What the system says; nothing of a process that is gone. */
function told(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @returns the process that holds what is taken */
async function inflate(left: number): Promise<number | undefined> {
  const balloon = fork(join(import.meta.dirname, 'balloon.ts'), [String(left)]);
  parts.defer(async () => {
    balloon.kill();
    if (balloon.exitCode === null && balloon.signalCode === null) await once(balloon, 'exit');
  });
  const [held] = (await once(balloon, 'message')) as [number];
  console.log(`${(held / 1e9).toFixed(1)} GB are taken, ${(left / 1e9).toFixed(1)} GB are left to all else`);
  return balloon.pid;
}
