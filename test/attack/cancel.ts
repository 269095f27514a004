/** Runs are cancelled in hundreds: while they wait, while they load, between any two blocks, twice at once. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { TributaryClient } from '../../src/client/client.ts';
import {
  CancelRunDocument,
  LogitAttributionDocument,
  RunDocument,
  type RunFilter,
  RunsDocument,
  StartLogitAttributionDocument,
} from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import { defineAttack } from './attack.ts';
import { question, startCirculation, tokenIds } from './questions.ts';
import type { Random } from './random.ts';

/** Runs that are started and cancelled at once, each at a moment of its own. */
const lanes = 18;
/** More than all of them. */
const queue = 20;
/** Milliseconds before a cancellation, at most. */
const longestWait = 60;

export const cancel = defineAttack({
  name: 'cancel',
  description:
    'with runs cancelled at any moment, also twice at once, it ends each of them, tells so to whoever follows it, has no place of the queue taken afterwards and answers the next question',
  round: 'one run that is cancelled',
  rounds: { suite: 300, demand: 5000 },
  seconds: 7,
  settings: { variables: { MAX_QUEUE: String(queue) } },
  async attack(scene) {
    const { client, random } = scene;
    const counts = { CANCELLED: 0, COMPLETED: 0 };
    await scene.lanes(lanes, async (random, next) => {
      while (next()) {
        counts[await cancelled(client, random)]++;
        scene.over();
      }
    });
    await holds(client, random);
    return { 'runs that ended as cancelled': counts.CANCELLED, 'runs that had completed before': counts.COMPLETED };
  },
});

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
  const prompt = { tokenIds: tokenIds(random, random.between(4, 40), model === 'llama' ? 280 : 2000) };
  const input = { model, prompt };
  if (random.chance(0.5)) return startCirculation(client, input);
  const { startLogitAttribution: answer } = await client.request(StartLogitAttributionDocument, { input });
  assert.ok(answer.__typename === 'RunPayload', JSON.stringify(answer));
  return answer.run.id;
}

/** Nothing is under way, the queue takes as many as it can, and what is asked next is answered. */
async function holds(client: TributaryClient, random: Random): Promise<void> {
  const filter: RunFilter = { statuses: ['QUEUED', 'RUNNING'] };
  const { runs } = await client.request(RunsDocument, { first: 100, filter });
  assert.deepEqual(runs?.edges, []);
  const waiting = await Promise.all(Array.from({ length: queue }, () => start(client, random)));
  await Promise.all(waiting.map((id) => client.request(CancelRunDocument, { id })));
  const { logitAttribution } = await client.request(LogitAttributionDocument, { input: question(random, 3) });
  assert.ok(logitAttribution.__typename === 'LogitAttribution' && logitAttribution.audit.passed);
}
