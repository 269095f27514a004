/** Runs are cancelled in hundreds: while they wait, while they load, between any two blocks, twice at once. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { TributaryClient } from '../../src/client/client.ts';
import {
  CancelRunDocument,
  LogitAttributionDocument,
  RunDocument,
  RunsDocument,
  StartCirculationDocument,
  StartLogitAttributionDocument,
} from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import { ServerProcess } from '../support/server-process.ts';
import type { Attack } from './attack.ts';
import { Random } from './random.ts';

const clients = 6;
/** Runs that a client starts before it cancels them, each at a moment of its own. */
const runsAtOnce = 3;
/** More than all of them. */
const queue = 20;
/** Milliseconds before a cancellation, at most. */
const longestWait = 60;

export const cancel: Attack = {
  name: 'cancel',
  description:
    'with runs cancelled at any moment, also twice at once, it ends each of them, tells so to whoever follows it, has no place of the queue taken afterwards and answers the next question',
  round: 'one run that is cancelled',
  rounds: { suite: 300, demand: 5000 },
  seconds: 7,
  async run({ seed, rounds, report }) {
    const random = new Random(seed);
    await using server = await ServerProcess.start({ variables: { MAX_QUEUE: String(queue) } });
    const client = new TributaryClient(server.url, { retries: 0 });
    const counts = { CANCELLED: 0, COMPLETED: 0 };
    let given = 0;
    let done = 0;
    const storm = async (random: Random) => {
      while (given < rounds) {
        const runs = Array.from({ length: Math.min(runsAtOnce, rounds - given) }, () =>
          cancelled(client, random.branch()),
        );
        given += runs.length;
        for (const status of await Promise.all(runs)) {
          counts[status]++;
          report(++done);
        }
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: clients }, () => storm(random.branch())));
    const seconds = (performance.now() - began) / 1000;
    await holds(client, random);
    await client.close();
    assert.equal(await server.stop(), 0);
    assert.deepEqual(server.faults, []);
    return {
      'runs that ended as cancelled': counts.CANCELLED,
      'runs that had completed before': counts.COMPLETED,
      'runs a second': rounds / seconds,
    };
  },
};

/** A run that is started and cancelled. @returns how it ended */
async function cancelled(client: TributaryClient, random: Random): Promise<'CANCELLED' | 'COMPLETED'> {
  const id = await start(client, random);
  const following = random.chance(0.3) ? collect(client.followRun(id)) : undefined;
  await delay(random.below(longestWait));
  const cancellations = Array.from({ length: random.between(1, 2) }, () => client.request(CancelRunDocument, { id }));
  const answers = (await Promise.all(cancellations)).map(({ cancelRun }) => cancelRun);
  const { run } = await client.request(RunDocument, { id });
  const done = answers.filter((answer) => answer.__typename === 'RunPayload');
  for (const answer of answers) {
    if (answer.__typename === 'RunPayload') assert.equal(answer.run.status, 'CANCELLED');
    else assert.equal(answer.__typename, 'RunStateError');
  }
  assert.ok(run?.status === 'CANCELLED' || run?.status === 'COMPLETED', `${run?.status}: ${run?.error?.message}`);
  assert.equal(run.status === 'CANCELLED', done.length > 0, 'a run is cancelled where a cancellation says so');
  if (following) {
    const events = await following;
    const last = events.at(-1)?.__typename;
    assert.equal(events.length, run.eventCount);
    // The answer of an attribution is no event.
    if (run.status === 'CANCELLED') assert.equal(last, 'RunCancelled');
    else if (run.kind === 'CIRCULATION') assert.equal(last, 'CirculationCompleted');
  }
  return run.status;
}

async function start(client: TributaryClient, random: Random): Promise<string> {
  const model = random.pick(['llama', 'llama', 'sample']);
  const tokens = model === 'llama' ? 280 : 2000;
  const prompt = { tokenIds: Array.from({ length: random.between(4, 40) }, () => random.below(tokens)) };
  const answer = random.chance(0.5)
    ? (await client.request(StartCirculationDocument, { input: { model, prompt } })).startCirculation
    : (await client.request(StartLogitAttributionDocument, { input: { model, prompt } })).startLogitAttribution;
  assert.ok(answer.__typename === 'RunPayload', JSON.stringify(answer));
  return answer.run.id;
}

/** Nothing is under way, the queue takes as many as it can, and what is asked next is answered. */
async function holds(client: TributaryClient, random: Random): Promise<void> {
  for (const status of ['QUEUED', 'RUNNING'] as const) {
    const { runs } = await client.request(RunsDocument, { first: 100, filter: { status } });
    assert.deepEqual(runs.edges, []);
  }
  const waiting = await Promise.all(Array.from({ length: queue }, () => start(client, random)));
  await Promise.all(waiting.map((id) => client.request(CancelRunDocument, { id })));
  const input = { model: 'llama', prompt: { tokenIds: [random.below(280), 1, 2] } };
  const { logitAttribution } = await client.request(LogitAttributionDocument, { input });
  assert.ok(logitAttribution.__typename === 'LogitAttribution' && logitAttribution.audit.passed);
}
