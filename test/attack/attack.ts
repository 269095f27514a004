/** What an attack is: `registry.ts` lists them, `attacks.test.ts` and `npm run attack` carry them out. */
import assert from 'node:assert/strict';
import { TributaryClient } from '../../src/client/client.ts';
import { ServerProcess, type Settings } from '../support/server-process.ts';
import { Random } from './random.ts';

export interface AttackOptions {
  /** A whole number: what is chosen at random is the same for the same seed. When it happens is the machine's doing. */
  readonly seed: number;
  readonly rounds: number;
  /** Is told how many rounds are over. */
  readonly report: (rounds: number) => void;
}

/** What was counted and measured, by what it is. */
export type Figures = Readonly<Record<string, number | string>>;

interface Description {
  /** By which the command knows it. */
  readonly name: string;
  /** What is done to the server, and what it must stand. */
  readonly description: string;
  /** What one round is. */
  readonly round: string;
  readonly rounds: {
    readonly suite: number;
    /** Of the command, unless it is told otherwise. */
    readonly demand: number;
  };
  /** What it takes in the suite on a quiet machine with two cores. */
  readonly seconds: number;
}

export interface Attack extends Description {
  /** Against a server process of its own. @throws AssertionError when the server does not hold */
  run(options: AttackOptions): Promise<Figures>;
}

/** Where it happens. */
export interface Stage extends AsyncDisposable {
  readonly server: ServerProcess;
}

interface Definition<Place extends Stage> extends Description {
  /** Of the server. */
  readonly settings?: Settings;
  /** In place of a server that is prepared and nothing else; it is not started. */
  stage?(): Promise<Place>;
  /** Bytes of the server's memory. */
  readonly mostMemory?: number;
  /** What is done to it makes it log errors. */
  readonly faulty?: boolean;
  attack(scene: Scene, place: Place): Promise<Figures>;
}

/** Unless an attack says otherwise. */
const mostMemory = 1e9;
/** Milliseconds in which a round has to end. */
const patience = 60_000;

/** What an attack has at hand, against a server that has started. */
export class Scene {
  readonly server: ServerProcess;
  readonly client: TributaryClient;
  readonly random: Random;
  readonly rounds: number;
  readonly #report: (rounds: number) => void;
  readonly #stuck = Promise.withResolvers<never>();
  readonly #timer: NodeJS.Timeout;
  #done = 0;

  constructor(server: ServerProcess, client: TributaryClient, { seed, rounds, report }: AttackOptions) {
    this.server = server;
    this.client = client;
    this.random = new Random(seed);
    this.rounds = rounds;
    this.#report = report;
    const late = `No round has ended for ${patience / 1000} seconds`;
    this.#timer = setTimeout(() => this.#stuck.reject(new assert.AssertionError({ message: late })), patience);
    // Of an attack that fails otherwise.
    this.#stuck.promise.catch(() => undefined);
  }

  /** One more round is. */
  over(): void {
    this.#timer.refresh();
    this.#report(++this.#done);
  }

  /** The rounds, in so many lanes at once. @param work of a lane: a round each time `next` says that there is one */
  async lanes(count: number, work: (random: Random, next: () => boolean) => Promise<void>): Promise<void> {
    let given = 0;
    const next = () => given++ < this.rounds;
    await Promise.all(Array.from({ length: count }, () => work(this.random.branch(), next)));
  }

  /** Does the work, as long as rounds end. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await Promise.race([work, this.#stuck.promise]);
    } finally {
      clearTimeout(this.#timer);
    }
  }
}

/** With what all have in common: a server, what watches it, and that it is well in the end and can be stopped. */
export function defineAttack<Place extends Stage = Stage>(definition: Definition<Place>): Attack {
  const { settings, stage, attack, mostMemory: most = mostMemory, faulty = false, ...description } = definition;
  return {
    ...description,
    async run(options) {
      await using place = stage ? await stage() : ((await usualStage(settings)) as Place);
      const { server } = place;
      await server.start();
      using memory = server.watchMemory(most);
      const client = new TributaryClient(server.url, { retries: 0, key: () => server.key });
      const scene = new Scene(server, client, options);
      const began = performance.now();
      const figures = await memory.during(scene.during(attack(scene, place)));
      const seconds = (performance.now() - began) / 1000;
      await client.close();
      assert.deepEqual((await server.post('{ __typename }')).data, { __typename: 'Query' }, 'it answers');
      assert.equal(await server.stop(), 0, 'SIGTERM ends it cleanly');
      if (!faulty) assert.deepEqual(server.faults, []);
      return { ...figures, 'rounds a second': options.rounds / seconds, 'memory, MB at most': memory.peak / 1e6 };
    },
  };
}

async function usualStage(settings: Settings | undefined): Promise<Stage> {
  const server = await ServerProcess.prepare(settings);
  return { server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
