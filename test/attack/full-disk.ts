/** The disk fills up under load, and has room again. */
import assert from 'node:assert/strict';
import { TributaryClient } from '../../src/client/client.ts';
import {
  LogitAttributionDocument,
  ModelsDocument,
  RunDocument,
  RunsDocument,
  StartCirculationDocument,
} from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import { defineAttack } from './attack.ts';
import { circulate, type Event, question, runIdOf } from './questions.ts';
import type { Random } from './random.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';

const clients = 3;
/** Of prompts, in tokens. */
const length = 30;
/** Refusals of a round until there is room again. */
const refusals = 5;
/** How likely it fills up before a question. */
const fillsUp = 0.1;
/** Questions of a round, at most: what was refused nothing until then has room. */
const mostQuestions = 2000;

export const fullDisk = defineAttack<SmallDisk>({
  name: 'full-disk',
  description:
    'with its disk full under load, it says so to those whose question it cannot store, serves what is stored, and goes on once there is room, with every event that it told of',
  round: 'one time that the disk fills up',
  rounds: { suite: 3, demand: 20 },
  seconds: 8,
  stage: smallDisk,
  faulty: true,
  async attack(scene, disk) {
    const { server, client, random, rounds } = scene;
    /** By run, what was told of it. */
    const told = new Map<string, Event[]>();
    let refused = 0;
    const ask = async (random: Random) => {
      const answer = await askOnce(client, random);
      if (answer === 'REFUSED') refused++;
      else told.set(answer.id, answer.events);
    };
    const kept = await circulateOnce(client, random);
    assert.ok(kept !== 'REFUSED' && kept.events.at(-1)?.__typename === 'CirculationCompleted');
    for (let round = 1; round <= rounds; round++) {
      const [enough, most] = [refused + refusals, random.branch()];
      let questions = 0;
      const load = async (random: Random) => {
        while (refused < enough) {
          assert.ok(questions++ < mostQuestions, 'the disk is full, and everything is stored');
          // Not at once, so that runs are under way; then again, since what had room may find some yet.
          if (random.chance(fillsUp)) await disk.fill();
          await ask(random);
        }
      };
      await Promise.all(Array.from({ length: clients }, () => load(most.branch())));
      assert.deepEqual(await collect(client.followRun(kept.id)), kept.events, 'what is stored is served');
      assert.ok(((await client.request(ModelsDocument, {})).models?.edges.length ?? 0) > 0);
      await disk.empty();
      // The next one has room; how soon it does is the system's to say.
      for (let stored = false; !stored; ) {
        assert.ok(questions++ < mostQuestions, 'there is room, and nothing is stored');
        const before = told.size;
        await ask(random);
        stored = told.size > before;
      }
      scene.over();
    }
    await settled(client);
    assert.equal(await server.stop(), 0);
    await server.start();
    const again = new TributaryClient(server.url, { retries: 0 });
    for (const [id, events] of told) {
      const { run } = await again.request(RunDocument, { id });
      assert.ok(run && run.status !== 'QUEUED' && run.status !== 'RUNNING', `${id} is ${run?.status}`);
      const stored = await collect(again.followRun(id));
      assert.deepEqual(stored.slice(0, events.length), events);
      assert.equal(stored.length, run.eventCount);
    }
    await again.close();
    return { disk: disk.kind, 'runs that told something': told.size, 'questions that had no room': refused };
  },
});

type Told = { readonly id: string; readonly events: Event[] } | 'REFUSED';

/** What was told of a run before it ended or had no room; or that it had none to begin with. */
async function askOnce(client: TributaryClient, random: Random): Promise<Told> {
  if (random.chance(0.5)) return circulateOnce(client, random);
  const input = question(random, length);
  const answer = random.chance(0.5)
    ? (await client.request(LogitAttributionDocument, { input })).logitAttribution
    : (await client.request(StartCirculationDocument, { input })).startCirculation;
  if ('run' in answer) return { id: answer.run.id, events: [] };
  assertNoRoom(answer);
  return 'REFUSED';
}

async function circulateOnce(client: TributaryClient, random: Random): Promise<Told> {
  const events = await circulate(client, { ...question(random, length), track: [0, 5, 10, 15, 20, 25] });
  const last = events.at(-1);
  if (last?.__typename === 'RunFailed') assertNoRoom(last.error);
  else if (last?.__typename === 'OverCapacityError') {
    assertNoRoom(last);
    events.pop();
    if (events.length === 0) return 'REFUSED';
  } else assert.equal(last?.__typename, 'CirculationCompleted');
  return { id: runIdOf(events), events };
}

function assertNoRoom(error: unknown): void {
  const { code, message } = error as { code?: string; message?: string };
  assert.equal(code, 'OVER_CAPACITY', message);
  assert.match(message ?? '', /disk|room/);
}

/** Runs whose end had no room get one when they are asked about again; the others are over. */
async function settled(client: TributaryClient): Promise<void> {
  const { runs } = await client.request(RunsDocument, { first: 100, filter: null });
  for (const { node } of runs?.edges ?? []) {
    if (node.status === 'COMPLETED' || node.status === 'CANCELLED') continue;
    const events = await collect(client.followRun(node.id));
    assert.ok(
      ['RunFailed', 'OverCapacityError', 'CirculationCompleted', undefined].includes(events.at(-1)?.__typename),
    );
  }
}
