/** The files of a model change under load: renamed, replaced, cut short, overwritten, gone and back. */
import assert from 'node:assert/strict';
import { cp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TributaryClient } from '../../src/client/client.ts';
import { LogitAttributionDocument, RunDocument } from '../../src/client/generated/graphql.ts';
import { referenceFolder } from '../reference/reference.ts';
import { ServerProcess } from '../support/server-process.ts';
import { defineAttack } from './attack.ts';
import { circulate, type Event, tokenIds } from './questions.ts';
import type { Random } from './random.ts';

const clients = 3;
/** Milliseconds that a change takes, at most. */
const longestChange = 60;
/** Answers between two changes. */
const rests = [0, 0, 1, 2, 8];
/** Of two servers in the last bits of a sum, relative to its size; two revisions are far further apart. */
const tolerance = 1e-4;

const revisions = ['before', 'after'] as const;
type Revision = (typeof revisions)[number];

interface Answer {
  /** Every figure of it, in order. */
  readonly values: readonly number[];
  /** Of the question and of the files that it was asked about. */
  readonly contentHash: string;
}

interface Question {
  readonly tokenIds: readonly number[];
  readonly kind: 'ATTRIBUTION' | 'CIRCULATION';
}

export const models = defineAttack({
  name: 'models',
  description:
    "with a model's folder renamed, its files replaced, cut short, overwritten, removed and put back under load, it answers from one revision or says that it cannot; no answer mixes two",
  round: 'one change of the files',
  rounds: { suite: 25, demand: 500 },
  seconds: 8,
  faulty: true,
  async attack(scene) {
    const { server, client, random, rounds } = scene;
    await using folders = await Folders.make(server.models);
    // What each revision answers, by a server whose files nobody touches.
    await using quiet = await ServerProcess.start({ variables: { MODELS_DIR: folders.kept } });
    const known = new TributaryClient(quiet.url, { retries: 0 });
    const counts = { before: 0, after: 0, refused: 0 };
    let changing = true;
    let answers = 0;
    let next = Promise.withResolvers<void>();
    const load = async (random: Random) => {
      while (changing) {
        const question = questionOf(random);
        const answer = await ask(client, 'llama', question);
        if (!answer) counts.refused++;
        else counts[await revisionOf(known, question, answer)]++;
        answers++;
        next.resolve();
        next = Promise.withResolvers();
      }
    };
    const change = async (random: Random) => {
      try {
        for (let round = 1; round <= rounds; round++) {
          await folders.change(random);
          for (const until = answers + random.pick(rests); answers < until; ) await next.promise;
          scene.over();
        }
      } finally {
        changing = false;
      }
    };
    const loads = Array.from({ length: clients }, () => load(random.branch()));
    await Promise.all([change(random.branch()), ...loads]);
    for (const revision of revisions) {
      await folders.settle(revision);
      const question = questionOf(random);
      const answer = await ask(client, 'llama', question);
      assert.ok(answer, 'files that rest are read');
      assert.equal(await revisionOf(known, question, answer), revision);
    }
    await known.close();
    return {
      'answers of the one revision': counts.before,
      'answers of the other': counts.after,
      'questions that had none': counts.refused,
    };
  },
});

/** A model in the server's folder, and what may take its place. */
class Folders implements AsyncDisposable {
  /** Both revisions, untouched, by their names. */
  readonly kept: string;
  readonly #model: string;
  /** Where a folder is while it is away. */
  readonly #aside: string;

  private constructor(models: string) {
    this.#model = join(models, 'llama');
    this.kept = join(models, '..', 'kept');
    this.#aside = join(models, '..', 'aside');
  }

  static async make(models: string): Promise<Folders> {
    const folders = new Folders(models);
    for (const revision of revisions)
      await cp(referenceFolder('llama-grouped'), join(folders.kept, revision), { recursive: true });
    const weights = folders.#file('after');
    const bytes = await readFile(weights);
    const start = 8 + Number(bytes.readBigUInt64LE());
    for (let at = start; at < bytes.length; at += 4) bytes.writeFloatLE(bytes.readFloatLE(at) * (1 + (at % 7)), at);
    await writeFile(weights, bytes);
    return folders;
  }

  /** One of the things that may happen to a folder; in the end the model is one of the revisions, or damaged. */
  async change(random: Random): Promise<void> {
    const revision = random.pick(revisions);
    const weights = join(this.#model, 'model.safetensors');
    const rest = () => delay(random.below(longestChange));
    const changes = [
      () => this.settle(revision),
      () => this.settle(revision),
      async () => {
        await rename(this.#model, this.#aside);
        await rest();
        await rename(this.#aside, this.#model);
      },
      async () => {
        await rm(this.#model, { recursive: true });
        await rest();
        await cp(join(this.kept, revision), this.#model, { recursive: true });
      },
      // In place: the file is the same, its bytes are not.
      async () => writeFile(weights, await readFile(this.#file(revision))),
      async () => {
        await truncate(weights, random.below(100_000));
        await rest();
        await this.settle(revision);
      },
      async () => {
        const name = random.pick(['config.json', 'tokenizer.json', 'model.safetensors']);
        await rm(join(this.#model, name));
        await rest();
        await cp(join(this.kept, revision, name), join(this.#model, name));
      },
      async () => {
        await writeFile(join(this.#model, 'config.json'), random.pick(['', '{', '{}', 'null', random.bytes(100)]));
        await rest();
        await this.settle(revision);
      },
    ];
    await random.pick(changes)();
  }

  /** The model is this revision, at once. */
  async settle(revision: Revision): Promise<void> {
    const next = `${this.#aside}-next`;
    await cp(join(this.kept, revision), next, { recursive: true });
    await rename(this.#model, `${next}-old`);
    await rename(next, this.#model);
    await rm(`${next}-old`, { recursive: true });
  }

  #file(revision: Revision): string {
    return join(this.kept, revision, 'model.safetensors');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.kept, { recursive: true });
  }
}

function questionOf(random: Random): Question {
  return {
    tokenIds: tokenIds(random, random.between(3, 20)),
    kind: random.pick(['ATTRIBUTION', 'CIRCULATION']),
  };
}

/** The revision that an answer says it is of: its figures are those, to the rounding, through and through. */
async function revisionOf(known: TributaryClient, question: Question, answer: Answer): Promise<Revision> {
  const gaps: Partial<Record<Revision, number>> = {};
  for (const revision of revisions) {
    const expected = await ask(known, revision, question);
    assert.equal(expected?.values.length, answer.values.length);
    const size = Math.max(...expected.values.map(Math.abs));
    const differences = answer.values.map((value, index) => Math.abs(value - (expected.values[index] as number)));
    const gap = Math.max(...differences) / size;
    if (answer.contentHash === expected.contentHash)
      assert.ok(gap <= tolerance, `${JSON.stringify(question)} is answered from other files than it says`);
    if (gap <= tolerance) return revision;
    gaps[revision] = gap;
  }
  assert.fail(`${JSON.stringify(question)} is answered from neither revision: ${JSON.stringify(gaps)}`);
}

/** Undefined where there is no answer and the server says so. */
async function ask(client: TributaryClient, model: string, question: Question): Promise<Answer | undefined> {
  const input = { model, prompt: { tokenIds: [...question.tokenIds] } };
  if (question.kind === 'ATTRIBUTION') {
    const { logitAttribution: answer } = await client.request(LogitAttributionDocument, { input });
    if (answer.__typename !== 'LogitAttribution') return refused(answer);
    const values = [answer.target.logit, answer.bias, ...answer.tokens.map(({ score }) => score)];
    return { values, contentHash: answer.run.contentHash };
  }
  const events = await circulate(client, input);
  const last = events.at(-1);
  if (last?.__typename === 'RunFailed') return refused(last.error);
  if (last?.__typename !== 'CirculationCompleted') return refused(last);
  const { run } = await client.request(RunDocument, { id: last.run.id });
  return { values: events.flatMap(valuesOf), contentHash: run?.contentHash ?? '' };
}

function valuesOf(event: Event): number[] {
  if (event.__typename === 'LayerCirculated') {
    const lens = event.lens.map(({ logit }) => logit);
    return [...lens, ...event.tracked.flatMap(({ norm, share, logitShare }) => [...norm, ...share, logitShare])];
  }
  if (event.__typename !== 'CirculationCompleted') return [];
  return [event.target.logit, ...event.tracked.flatMap(({ score, directMoves }) => [score, ...directMoves])];
}

/** For what becomes of a file under a process that has it mapped may end that process. */
function refused(error: unknown): undefined {
  const { code, message } = error as { code?: string; message?: string };
  assert.ok(['CHECKPOINT', 'UNKNOWN_MODEL', 'OVER_CAPACITY', 'PROMPT'].includes(code ?? ''), `${code}: ${message}`);
}
