/** The queries and subscriptions of the documentation, pasted as they stand, are answered, and as it shows. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { LogitAttributionDocument, StartCirculationDocument } from '../../src/client/generated/graphql.ts';
import { collect, startTestServer, type TestServer } from '../server/harness.ts';
import { queryData } from '../support/post-query.ts';
import { type Block, blocksOf, pages } from './pages.ts';

/** Numbers are shown with two decimals. */
const rounding = 0.0051;

describe('the documentation', () => {
  let server: TestServer;
  /** The id of a circulation of the sample model that is over: what a document with the variable `$run` is given. */
  let run: string;
  /** Ids of two attributions whose prompts differ in a name: what `$a` and `$b` are given. */
  const pair: string[] = [];
  before(async () => {
    server = await startTestServer();
    const input = { model: 'sample', prompt: { text: 'The capital of France is' } };
    const { startCirculation } = await server.client.request(StartCirculationDocument, { input });
    assert.ok(startCirculation.__typename === 'RunPayload');
    run = startCirculation.run.id;
    await collect(server.client.followRun(run));
    for (const name of ['John', 'Tom']) {
      const text = `When Mary and ${name} went to the store, ${name} gave a book to`;
      const input = { model: 'sample', prompt: { text }, target: { token: { text: ' Mary' } } };
      const { logitAttribution } = await server.client.request(LogitAttributionDocument, { input });
      assert.ok(logitAttribution.__typename === 'LogitAttribution');
      pair.push(logitAttribution.run.id);
    }
  });
  after(() => server.close());

  for (const page of pages) {
    for (const [index, block] of blocksOf(page, 'graphql').entries()) {
      it(`has a document that is answered: ${page}, "${block.section}" (${index + 1})`, async () => {
        const answers = isSubscription(block) ? await messages(block) : [await answer(block)];
        for (const value of answers) assert.doesNotMatch(JSON.stringify(value), /"message"/);
        assert.ok(answers.some((value) => Object.keys(value as object).length > 0));
        if (block.next?.language === 'json')
          assertRounded(isSubscription(block) ? answers : answers[0], shown(block), page);
      });
    }

    for (const { section, text } of blocksOf(page, 'graphql-transport-ws')) {
      it(`shows what a WebSocket hears: ${page}, "${section}"`, async () => {
        const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
        const heard: unknown[] = [];
        let more = Promise.withResolvers<void>();
        socket.on('message', (bytes) => {
          heard.push(JSON.parse(String(bytes)));
          more.resolve();
        });
        await once(socket, 'open');
        for (const [, side, message = ''] of text.matchAll(/^([<>]) (.*)$/gm)) {
          if (side === '>') socket.send(message);
          else {
            while (heard.length === 0) {
              more = Promise.withResolvers();
              await more.promise;
            }
            assert.deepEqual(heard.shift(), JSON.parse(message));
          }
        }
        assert.deepEqual(heard, []);
        socket.close();
      });
    }
  }

  const input = { model: 'sample', prompt: { text: 'The capital of France is' } };
  const variables = ({ text }: Block) => ({
    ...(text.includes('$run') && { run }),
    ...(/\$a\b/.test(text) && { a: pair[0], b: pair[1] }),
    ...(text.includes('$input') && { input }),
  });

  /** The value of the one field that is asked for. */
  const answer = async (block: Block) => {
    const data = await queryData<Record<string, unknown>>(server.url, block.text, variables(block));
    return Object.values(data)[0];
  };

  const messages = async (block: Block) => {
    const client = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const stream = client.iterate({ query: block.text, variables: variables(block) });
    const told = isEndless(block) ? [(await stream.next()).value ?? assert.fail()] : await collect(stream);
    await client.dispose();
    return told.map(({ data, errors }) => {
      assert.equal(errors, undefined, JSON.stringify(errors));
      return Object.values(data as object)[0];
    });
  };
});

function isSubscription({ text }: Block): boolean {
  return parse(text).definitions.some((one) => 'operation' in one && one.operation === 'subscription');
}

/** States are told of until the client leaves: the page shows the first ones. */
function isEndless({ text }: Block): boolean {
  return /\b(modelChanges|runChanges|workersChanged)\b/.test(text);
}

/** One value, or a line for each message. */
function shown(block: Block): unknown {
  const text = block.next?.text ?? '';
  if (!isSubscription(block)) return JSON.parse(text);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

function assertRounded(actual: unknown, shown: unknown, where: string): void {
  if (typeof shown === 'number') {
    assert.ok(Math.abs((actual as number) - shown) <= rounding, `${where} is ${actual}, shown is ${shown}`);
  } else if (typeof shown === 'object' && shown !== null) {
    assert.deepEqual(Object.keys(actual as object), Object.keys(shown), where);
    for (const [key, value] of Object.entries(shown))
      assertRounded((actual as Record<string, unknown>)[key], value, `${where}.${key}`);
  } else assert.equal(actual, shown, where);
}
