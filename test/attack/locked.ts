/** Another process holds the lock of the database, for as long as it takes to ask the server many things. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CirculationDocument,
  RunDocument,
  StoredEventsDocument,
  type StoredEventsQuery,
} from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import { lockFile } from '../support/lock-file.ts';
import { defineAttack } from './attack.ts';
import { circulate, question, runIdOf, startCirculation } from './questions.ts';

/** Questions while the lock is held. A server that waits for the lock in its only thread answers one. */
const asked = 20;
/** Milliseconds that it is held on after them, at most; less than a write waits for. */
const longestHold = 1000;

export const locked = defineAttack({
  name: 'locked',
  description:
    'with its database locked by another process, it answers whatever needs no write, and stores what waits when the lock is given up: nothing is lost',
  round: 'one lock',
  rounds: { suite: 3, demand: 50 },
  seconds: 6,
  async attack(scene) {
    const { server, client, random, rounds } = scene;
    const next = () => question(random, 4, 30);
    const id = runIdOf(await circulate(client, next()));
    const before = await collect(client.followRun(id));
    let held = 0;
    for (let round = 1; round <= rounds; round++) {
      const live = client.subscribe(CirculationDocument, { input: next() });
      const told = [await live.next()];
      const lock = await lockFile(server.database, random.pick(['IMMEDIATE', 'EXCLUSIVE']));
      const began = performance.now();
      const starts = Array.from({ length: 3 }, () => startCirculation(client, next()));
      const waiting = Promise.all([collect(live), ...starts]);
      // Told below; what fails meanwhile is no reason to leave the lock behind.
      waiting.catch(() => undefined);
      try {
        for (let question = 0; question < asked; question++) {
          assert.equal((await fetch(server.url.replace('/graphql', '/health'))).status, 200);
          const { run }: StoredEventsQuery = await client.request(StoredEventsDocument, { id });
          assert.equal(run?.events?.edges.length, before.length);
        }
        await delay(random.below(longestHold));
      } finally {
        await lock[Symbol.asyncDispose]();
      }
      held += performance.now() - began;
      const [rest, ...started] = await waiting;
      const events = [...told.map(({ value }) => value), ...rest].map((value) => value?.circulation);
      assert.equal(events.at(-1)?.__typename, 'CirculationCompleted');
      assert.deepEqual(
        events.map((event) => event && 'seq' in event && event.seq),
        [...events.keys()],
      );
      for (const id of started) {
        await collect(client.followRun(id));
        assert.equal((await client.request(RunDocument, { id })).run?.status, 'COMPLETED');
      }
      scene.over();
    }
    assert.deepEqual(await collect(client.followRun(id)), before);
    return { 'questions answered meanwhile': rounds * asked * 2, 'locked, seconds': held / 1000 };
  },
});
