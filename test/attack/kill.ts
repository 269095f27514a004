/** The server dies at any moment, also while it starts, and is started again on what it left. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { TributaryClient } from '../../src/client/client.ts';
import {
  CancelRunDocument,
  CirculationDocument,
  type CirculationInput,
  DeleteRunDocument,
  LogitAttributionDocument,
} from '../../src/client/generated/graphql.ts';
import { defineAttack } from './attack.ts';
import { Ledger } from './ledger.ts';
import { circulate, type Event, startCirculation, tokenIds } from './questions.ts';
import type { Random } from './random.ts';

/** Clients that ask at the same time, each one question after the other. */
const clients = 4;
/** Milliseconds from the first event of a round to the kill, at most. */
const longestLoad = 500;
/** Milliseconds from the start of a server to a kill before it is ready, at most. */
const longestStart = 1000;
/** Interrupted questions that are asked again in a round, at most. */
const askedAgain = 1;

export const kill = defineAttack({
  name: 'kill',
  description:
    'killed at any moment under load, and while it starts, it has every event that a client received and doubles none; each run has ended once, and what was interrupted completes when it is asked again',
  round: 'one SIGKILL',
  rounds: { suite: 10, demand: 100 },
  seconds: 22,
  async attack(scene) {
    const { server, client, random, rounds } = scene;
    const ledger = new Ledger();
    let kills = 0;
    let again = 0;
    for (let round = 1; round <= rounds; round++) {
      const load = new Load(server.url, random.branch(), ledger);
      const loaded = load.run();
      await Promise.race([load.begun, loaded]);
      await delay(random.below(longestLoad));
      load.end();
      await server.kill();
      kills++;
      await loaded;
      if (random.chance(0.2)) {
        const starting = server.start().catch(() => undefined);
        await delay(random.below(longestStart));
        await server.kill();
        await starting;
        kills++;
      }
      await server.start();
      await ledger.check(client);
      for (const { input, events } of ledger.interrupted().slice(0, askedAgain)) {
        await completes(client, input, events, ledger);
        again++;
      }
      ledger.settle();
      scene.over();
    }
    await ledger.checkSettled(client);
    return { kills, ...ledger.figures, 'interrupted runs that were asked again and completed': again };
  },
});

/** Asks what was interrupted again: it is run anew, to its end, and with the same figures as far as they were told. */
async function completes(
  client: TributaryClient,
  input: CirculationInput,
  before: readonly Event[],
  ledger: Ledger,
): Promise<void> {
  const events = await circulate(client, input);
  for (const event of events) ledger.acknowledge(event, input);
  assert.equal(events.at(-1)?.__typename, 'CirculationCompleted');
  const figures = (of: readonly Event[]) =>
    of.flatMap((event) =>
      event.__typename === 'LayerCirculated' ? [{ tracked: event.tracked, lens: event.lens }] : [],
    );
  const told = figures(before);
  const again = figures(events).slice(0, told.length);
  const tracked = (of: typeof told) => of.map(({ tracked }) => tracked);
  assert.deepEqual(tracked(again), tracked(told), 'the figures are the same');
  assertSameLens(
    again.map(({ lens }) => lens),
    told.map(({ lens }) => lens),
  );
}

/** To single precision: how many blocks share a reading of the unembedding is up to the load, and its sums round accordingly. */
function assertSameLens(actual: unknown, expected: unknown): void {
  if (typeof actual === 'number' && typeof expected === 'number')
    assert.ok(Math.abs(actual - expected) <= 1e-5 * Math.abs(expected), `${actual} was ${expected}`);
  else if (typeof actual === 'object' && actual && typeof expected === 'object' && expected) {
    assert.deepEqual(Object.keys(actual), Object.keys(expected), 'the lens is the same');
    for (const [key, value] of Object.entries(actual)) assertSameLens(value, expected[key as keyof typeof expected]);
  } else assert.equal(actual, expected, 'the lens is the same');
}

/** Clients that ask one thing after the other, until the server is gone. */
class Load {
  readonly #url: string;
  readonly #random: Random;
  readonly #ledger: Ledger;
  readonly #begun = Promise.withResolvers<void>();
  #ending = false;

  constructor(url: string, random: Random, ledger: Ledger) {
    this.#url = url;
    this.#random = random;
    this.#ledger = ledger;
  }

  /** The first event has come. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** From now on requests may fail. */
  end(): void {
    this.#ending = true;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: clients }, () => this.#ask(this.#random.branch())));
  }

  async #ask(random: Random): Promise<void> {
    const client = new TributaryClient(this.#url, { retries: 0 });
    const asks = [this.#subscribe, this.#subscribe, this.#follow, this.#follow, this.#attribute, this.#cancel];
    try {
      while (!this.#ending) {
        await random.pick(asks).call(this, client, random);
        if (random.chance(0.1)) await this.#delete(client);
      }
    } catch (error) {
      if (!this.#ending || error instanceof assert.AssertionError) throw error;
    } finally {
      await client.close();
    }
  }

  async #subscribe(client: TributaryClient, random: Random): Promise<void> {
    const input = circulationInput(random);
    let seq = 0;
    for await (const { circulation: event } of client.subscribe(CirculationDocument, { input })) {
      this.#acknowledge(event, input);
      assert.ok('seq' in event && event.seq === seq++, 'a stream has every event once and in order');
    }
  }

  async #follow(client: TributaryClient, random: Random): Promise<void> {
    const input = circulationInput(random);
    const id = await this.#start(client, input);
    const follow = async () => {
      for await (const event of client.followRun(id)) this.#acknowledge(event, input);
    };
    await Promise.all([follow(), follow()]);
  }

  async #attribute(client: TributaryClient, random: Random): Promise<void> {
    const input = { model: 'llama', prompt: { tokenIds: tokenIds(random, random.between(2, 6), 3) } };
    const { logitAttribution: answer } = await client.request(LogitAttributionDocument, { input });
    assert.ok(answer.__typename === 'LogitAttribution', JSON.stringify(answer));
    this.#ledger.answered(JSON.stringify(input), JSON.stringify(answer));
  }

  async #cancel(client: TributaryClient, random: Random): Promise<void> {
    const id = await this.#start(client, circulationInput(random));
    await delay(random.below(20));
    const { cancelRun } = await client.request(CancelRunDocument, { id });
    if (cancelRun.__typename === 'RunPayload') this.#ledger.cancelled(id);
    else assert.equal(cancelRun.__typename, 'RunStateError');
  }

  async #delete(client: TributaryClient): Promise<void> {
    const id = this.#ledger.ended();
    if (id === undefined) return;
    this.#ledger.deleting(id);
    const { deleteRun } = await client.request(DeleteRunDocument, { id });
    assert.equal(deleteRun.__typename, 'RunPayload');
    this.#ledger.deleted(id);
  }

  async #start(client: TributaryClient, input: CirculationInput): Promise<string> {
    const id = await startCirculation(client, input);
    this.#ledger.started(id, input);
    return id;
  }

  #acknowledge(event: Event, input: CirculationInput): void {
    this.#ledger.acknowledge(event, input);
    this.#begun.resolve();
  }
}

/** Short ones of the small model, and of the sample model some that take a while. */
function circulationInput(random: Random): CirculationInput {
  const [model, longest, tokens] = random.chance(0.6)
    ? (['llama', 40, 280] as const)
    : (['sample', 120, 2000] as const);
  const ids = tokenIds(random, random.between(4, longest), tokens);
  return {
    model,
    prompt: { tokenIds: ids },
    track: Array.from({ length: random.between(1, 8) }, () => random.below(4)),
  };
}
