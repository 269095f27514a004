/** A database of many runs, as a server that was used for long has it. */
import { DatabaseSync } from 'node:sqlite';
import { folded } from '../../src/runs/folded.ts';
import { RunIds } from '../../src/runs/run-ids.ts';

export const runCount = 100_000;
export const eventsOfARun = 10;

/** Milliseconds between two runs, and when the first one was asked for. */
const pace = 60_000;
const first = Date.UTC(2026, 0, 1);

export const experiments = { large: 'large', small: 'small' } as const;
/** How many runs belong to each. */
const members = { large: 0.9, small: 0.01 };

/** What is rare: one run in so many. */
const rarity = 5000;
export const rare = { model: 'rare-model', method: 'OCCLUSION', text: 'Rarely Said', status: 'CANCELLED' } as const;

const kinds = ['LOGIT_ATTRIBUTION', 'LOGIT_ATTRIBUTION', 'LOGIT_ATTRIBUTION', 'CIRCULATION', 'GENERATION'];
const methods = ['FROZEN', 'INPUT_GRADIENT', 'INTEGRATED_GRADIENTS', 'ACTIVATION_PATCHING'];
const models = ['sample', 'gpt2', 'llama'];
const people = ['Mary', 'John', 'Anna', 'Peter', 'Zoë', 'Tom', 'Olga', 'Paul'];
const places = ['store', 'park', 'school', 'office', 'garden'];
const objects = ['drink', 'ring', 'bone', 'letter', 'book'];

/** @param path of a migrated database @returns the moment in the midst of the runs */
export function fill(path: string): { midst: Date } {
  using database = new DatabaseSync(path);
  database.exec('PRAGMA synchronous = OFF; BEGIN');
  const run =
    database.prepare(`INSERT INTO "Run" ("id", "kind", "status", "contentHash", "answers", "modelName", "modelRevision",
    "input", "method", "promptText", "promptFolded", "createdAt", "startedAt", "finishedAt", "eventCount", "pinned", "score",
    "auditPassed", "storedBytes") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const event = database.prepare('INSERT INTO "Event" VALUES (?, ?, ?, ?, ?, ?)');
  const member = database.prepare('INSERT INTO "ExperimentRun" VALUES (?, ?, ?)');
  for (const name of Object.values(experiments))
    database.prepare('INSERT INTO "Experiment" ("id", "name", "createdAt") VALUES (?, ?, ?)').run(name, name, first);
  let time = first;
  const ids = new RunIds(() => new Date(time));
  const random = randomNumbers();
  const one = (values: readonly string[]) => values[Math.floor(random() * values.length)] as string;
  const arrays = new Uint8Array(64);
  for (let index = 0; index < runCount; index++, time += pace) {
    const id = ids.next();
    const isRare = index % rarity === 7;
    const kind = isRare ? 'LOGIT_ATTRIBUTION' : one(kinds);
    const method = isRare ? rare.method : one(methods);
    const status = index % rarity === 11 ? rare.status : random() < 0.02 ? 'FAILED' : 'COMPLETED';
    const [giver, receiver] = [one(people), one(people)];
    const prompt = `When ${receiver} and ${giver} went to the ${one(places)}, ${giver} gave a ${one(objects)} to${isRare ? ' rarely said' : ''}`;
    const inputIds = Array.from({ length: 16 }, () => Math.floor(random() * 250));
    const hash = index.toString(16).padStart(64, '0');
    const score = kind === 'CIRCULATION' || status !== 'COMPLETED' ? null : 10 * random() - 3;
    run.run(
      ...[
        id,
        kind,
        status,
        hash,
        status === 'COMPLETED' ? hash : null,
        isRare ? rare.model : one(models),
        'f'.repeat(64),
      ],
      JSON.stringify({ inputIds, targets: [{ position: 15, token: 3 }], method, options: {} }),
      ...[kind === 'LOGIT_ATTRIBUTION' ? method : null, JSON.stringify(prompt), folded(prompt), time, time, time + 100],
      ...[eventsOfARun, index % 1000 === 3 ? 1 : 0, score, score === null ? null : Number(random() < 0.99), 900],
    );
    for (let sequence = 0; sequence < eventsOfARun; sequence++) {
      const type = sequence === 0 ? 'STARTED' : sequence === eventsOfARun - 1 ? 'COMPLETED' : 'LAYER';
      event.run(id, sequence, time, type, `{"layer":${sequence},"scores":{"$floats":[0,16]}}`, arrays);
    }
    if (index < members.large * runCount) member.run(experiments.large, id, time);
    if (index % (1 / members.small) === 0) member.run(experiments.small, id, time);
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  return { midst: new Date(first + (pace * runCount) / 2) };
}

/** From 0 to 1, the same each time (Park and Miller's generator). */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
