import { setTimeout } from 'node:timers/promises';
import { openCheckpoint } from '../../../src/checkpoint/checkpoint.ts';
import type { BatchPrompt } from '../../../src/explain/attribution/batch-request.ts';
import { attributionBatch } from '../../../src/jobs/kinds/attribution-batch.ts';
import { JobQueue } from '../../../src/jobs/queue.ts';
import type { Group } from '../group.ts';
import { notTold } from '../memory.ts';
import { BenchServer } from '../server.ts';

const rows = 10_000;
/** Prompts of a job, and how many jobs are in the queue at a time, as the sweep has them. */
const [together, jobs] = [64, 2];
/** Of node: what nobody needs any more is collected late where there is room, and without it memory says what is needed. */
const littleMemory = ['--max-old-space-size=192'];
/** Of its goal: what is stored, told and counted beside the model takes a fifth at the most. */
const share = 0.8;

const startSweep = `mutation ($input: SweepInput!) { startSweep(input: $input) {
  ... on SweepPayload { sweep { id } } ... on Error { message } } }`;
const progressOf = `query ($id: ID!) { node(id: $id) { ... on Sweep { status done failed } } }`;

/** Ten thousand short prompts: what the model's passes take by themselves, and a sweep, whose runs are all stored. */
export const sweeps: Group = {
  name: 'sweeps',
  title: `${rows} prompts of one length, FROZEN tokens`,
  shapes: ['sample'],
  lengths: () => [14],
  byNameOnly: true,
  async *measure({ folder, lengths, threads, weights, progress }) {
    for (const length of lengths) {
      const column = `T = ${length}`;
      progress(`${column}, the passes alone`);
      const bare = await passesASecond(folder, length, threads, weights === 'PACKED' ? 'packed' : 'lean');
      yield { row: 'the passes alone', column, value: bare, unit: 'a second' };
      const variables = { THREADS: String(threads), WEIGHTS: weights.toLowerCase() };
      progress(`${column}, the sweep`);
      const swept = await sweep(folder, variables);
      yield { row: 'the sweep', column, value: swept.perSecond, unit: 'a second', goal: share * bare };
      progress(`${column}, the sweep with little memory`);
      const [first, last] = (await sweep(folder, variables, littleMemory)).memory;
      const row = "the server's memory at its end, over that at a fifth";
      yield first === undefined || last === undefined
        ? { row, column, value: null, unit: 'ratio', note: notTold }
        : { row, column, value: last / first, unit: 'ratio', goal: 1.2 };
    }
  },
};

/** Rows of batches that are asked of the queue one behind the other, and thrown away. */
async function passesASecond(
  folder: string,
  length: number,
  threads: number,
  weights: 'packed' | 'lean',
): Promise<number> {
  const queue = new JobQueue({ workers: 1, queue: jobs, threads, weights });
  const model = await openCheckpoint(folder);
  let asked = 0;
  const batch = () => {
    const prompts = Array.from({ length: together }, () => promptOf(asked++, length));
    return queue.run(attributionBatch, model, { prompts, method: 'FROZEN', selection: {} });
  };
  const worker = async (count: number) => {
    while (asked < count) await batch();
  };
  try {
    await worker(10 * together);
    asked = 0;
    const began = performance.now();
    await Promise.all(Array.from({ length: jobs }, () => worker(rows)));
    return (1000 * asked) / (performance.now() - began);
  } finally {
    await queue.close();
  }
}

/** Another one for each number. */
function promptOf(number: number, length: number): BatchPrompt {
  const inputIds = Array.from({ length }, (_, position) =>
    position < 2 ? (number >> (8 * position)) % 256 : (position * 37 + 13) % 251,
  );
  return { inputIds, targets: [{ position: length - 1, token: null, against: null }] };
}

/** A sweep of as many indirect-object prompts, of one length with the sample model's tokenizer. @returns memory at a fifth and at the end */
async function sweep(folder: string, variables: Readonly<Record<string, string>>, flags: readonly string[] = []) {
  await using server = await BenchServer.start(folder, variables, flags);
  const { id } = (await start(server, 'warm-up', 640)).sweep;
  await ended(server, id);
  const began = performance.now();
  const started = await start(server, 'sweep', rows);
  const memory: (number | undefined)[] = [];
  await ended(server, started.sweep.id, async (done) => {
    if (memory.length === 0 && done >= rows / 5) memory.push(await server.memory());
  });
  const perSecond = (1000 * rows) / (performance.now() - began);
  return { perSecond, memory: [...memory, await server.memory()] };
}

const words = (text: string) => text.split(' ');
const names = words('Mary Anna Sarah Emma Lucy John Tom Paul James David');
const places = words('store park school beach library market garden station hospital restaurant office museum');
const objects = words('drink book ball flower ring hat letter gift cake apple pen toy');

async function start(server: BenchServer, experiment: string, count: number) {
  const template = {
    prompt: 'When {a} and {b} went to the {place}, {b} gave a {object} to',
    slots: [
      { name: 'a', values: names },
      { name: 'b', values: names },
      { name: 'place', values: places },
      { name: 'object', values: objects },
    ],
    different: [['a', 'b']],
    sample: { count, seed: count },
  };
  const operations = [{ logitAttribution: { targets: [{ token: ' {a}' }] } }];
  const input = { experiment, models: ['sample'], rows: { template }, operations };
  return (await server.ask(startSweep, { input })).startSweep as { readonly sweep: { readonly id: string } };
}

/** @param onDone told every now and then how many rows are done */
async function ended(
  server: BenchServer,
  id: string,
  onDone: (done: number) => unknown = () => undefined,
): Promise<void> {
  for (;;) {
    await setTimeout(200);
    const { node } = (await server.ask(progressOf, { id })) as {
      node: { readonly status: string; readonly done: number; readonly failed: number };
    };
    if (node.failed > 0) throw new Error(`${node.failed} rows failed`);
    await onDone(node.done);
    if (node.status === 'COMPLETED') return;
  }
}
