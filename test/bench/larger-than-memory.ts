/**
 * A model that is larger than the memory that is there for it, through the real server: how long a pass takes, what of it is
 * waiting for the disk, and what memory the model's process has of its own. Linux. Waiting is what the system tells of all
 * processes (some wait for the disk and none computes): it is of this model where the machine does nothing else.
 * `node --expose-gc test/bench/larger-than-memory.ts <model> [--length 64] [--passes 2] [--memory <GB left for all else>]`;
 * MODELS_DIR says where the model lies.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { pino } from 'pino';
import { TributaryClient } from '../../src/client/client.ts';
import { startServer } from '../../src/server/server.ts';
import { readSettings } from '../../src/settings.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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
if (values.memory !== undefined) await inflate(Number(values.memory) * 1e9);
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

let peak = 0;
let read = 0;
const watching = new AbortController();
parts.defer(() => watching.abort());
void watch(watching.signal);

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
  const [before, stalledBefore] = [read, await stalled()];
  let first = 0;
  peak = 0;
  const answer = await ask(() => {
    first ||= performance.now() - began;
  });
  if (!answer?.audit) throw new Error(answer?.message ?? `It ended with ${answer?.__typename}`);
  const whole = performance.now() - began;
  const { load, run, waited } = jobs.at(-1) as Took;
  const waiting = (1000 * ((await stalled()) - stalledBefore)) / whole;
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  console.log(
    [
      `${what}, ${length} tokens: ${seconds(whole / 1000)}, first event after ${seconds(first / 1000)}`,
      `  loading ${seconds(load)}, pass ${seconds(run)}, of which ${seconds(waited)} for what is read ahead`,
      `  ${Math.round(100 * waiting)} % of all waiting for the disk`,
      `  own memory ${(peak / 1e9).toFixed(2)} GB at most, ${((read - before) / 1e9).toFixed(1)} GB read from the disk, audit gap ${answer.audit.gap.toExponential(1)}`,
    ].join('\n'),
  );
}

/** Seconds so far in which whoever had something to do waited for the disk. */
async function stalled(): Promise<number> {
  const pressure = await readFile('/proc/pressure/io', 'utf8').catch(() => '');
  return Number(/^full .*total=(\d+)/m.exec(pressure)?.[1] ?? Number.NaN) / 1e6;
}

/** Memory of the runners' own, and what they have read, ten times a second. */
async function watch(signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(100, undefined, { signal })) {
      for (const pid of await childrenOf(process.pid)) {
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
        const io = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '');
        if (!(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('runner-main')) continue;
        peak = Math.max(peak, 1024 * Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0));
        read = Math.max(read, Number(/^read_bytes: (\d+)/m.exec(io)?.[1] ?? 0));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function childrenOf(pid: number): Promise<string[]> {
  const lists = (await readdir(`/proc/${pid}/task`)).map((task) =>
    readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => ''),
  );
  return (await Promise.all(lists)).flatMap((list) => list.split(' ').filter(Boolean));
}

async function inflate(left: number): Promise<void> {
  const balloon = fork(join(import.meta.dirname, 'balloon.ts'), [String(left)]);
  parts.defer(async () => {
    balloon.kill();
    if (balloon.exitCode === null && balloon.signalCode === null) await once(balloon, 'exit');
  });
  const [held] = (await once(balloon, 'message')) as [number];
  console.log(`${(held / 1e9).toFixed(1)} GB are taken, ${(left / 1e9).toFixed(1)} GB are left to all else`);
}
