/** Documents that nobody would write, over every transport. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { referenceFolder } from '../reference/reference.ts';
import { defineAttack } from './attack.ts';
import { Documents, mutated } from './documents.ts';
import { assertShowsNothing, root } from './inside.ts';
import { Sender } from './sender.ts';

const schema = buildSchema(readFileSync(`${root}schema/schema.graphql`, 'utf8'));

/** Documents that are under way at once. */
const lanes = 8;
/** Ids of answers that later documents ask for. */
const mostIds = 50;

export const fuzz = defineAttack({
  name: 'fuzz',
  description:
    'given documents after its schema at random, valid ones and broken ones, over HTTP, server-sent events and WebSocket, it answers each by JSON with data or errors that say what is wrong; none is a fault of its own, none shows its insides',
  round: 'one document',
  rounds: { suite: 5000, demand: 100_000 },
  seconds: 14,
  async attack(scene) {
    const { server } = scene;
    await breakModel(join(server.models, 'broken'));
    const ids: string[] = [];
    const counts = { data: 0, refused: 0, 'expected failures': 0 };
    await scene.lanes(lanes, async (random, next) => {
      const documents = new Documents(schema, random, ids);
      await using sender = new Sender(server.url, random, server.key);
      while (next()) {
        let request = documents.next();
        if (random.chance(0.3)) request = { ...request, query: mutated(Buffer.from(request.query), random).toString() };
        const { transport, answers } = await sender.send(request);
        // A stream of events that are known already has none.
        assert.ok(
          answers.length > 0 || request.query.startsWith('subscription'),
          `no answer to ${transport}: ${JSON.stringify(request)}`,
        );
        for (const answer of answers) {
          const question = `${transport}: ${JSON.stringify(request)}`;
          assertShowsNothing(answer, server.folder, question);
          counts[kindOf(answer, question)]++;
          for (const [, id = ''] of answer.matchAll(/"id":"([\w=]{12,})"/g)) {
            if (ids.length < mostIds) ids.push(id);
            else ids[random.below(mostIds)] = id;
          }
        }
        scene.over();
      }
    });
    return {
      'answers with data': counts.data,
      '… that tell an expected failure': counts['expected failures'],
      'documents refused': counts.refused,
    };
  },
});

/** A checkpoint of which something can be said, and nothing of where it lies. */
async function breakModel(folder: string): Promise<void> {
  await cp(referenceFolder('llama-grouped'), folder, { recursive: true });
  await truncate(join(folder, 'model.safetensors'), 1000);
}

type Kind = 'data' | 'refused' | 'expected failures';

/** @param question for the message */
function kindOf(answer: string, question: string): Kind {
  const told = `\n${question}\n${answer.slice(0, 2000)}`;
  let value: { data?: unknown; errors?: { message?: unknown }[] };
  try {
    value = JSON.parse(answer);
  } catch {
    assert.fail(`an answer is no JSON${told}`);
  }
  if (value.errors !== undefined) {
    assert.ok(Array.isArray(value.errors) && value.errors.length > 0, `errors without an error${told}`);
    for (const { message } of value.errors)
      assert.ok(typeof message === 'string' && message !== '', `an error without a message${told}`);
    return 'refused';
  }
  assert.equal(typeof value.data, 'object', `neither data nor errors${told}`);
  return /"__typename":"\w+Error"/.test(answer) ? 'expected failures' : 'data';
}
