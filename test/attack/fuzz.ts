/** Documents that nobody would write, over every transport. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { WebSocket } from 'ws';
import { referenceFolder } from '../reference/reference.ts';
import { defineAttack } from './attack.ts';
import { Documents, mutated, type Request } from './documents.ts';
import { assertShowsNothing, root } from './inside.ts';
import type { Random } from './random.ts';

const schema = buildSchema(readFileSync(`${root}schema/schema.graphql`, 'utf8'));

/** Documents that are under way at once. */
const lanes = 8;
/** Ids of answers that later documents ask for. */
const mostIds = 50;
/** Longer addresses are no GraphQL to the server, but too many bytes of headers. */
const longestAddress = 8000;

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
      await using sender = new Sender(server.url, random);
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

/** Streams of states end by nothing but their client. */
function isEndless({ query }: Request): boolean {
  return /\b(model|run)Changes\b/.test(query);
}

/** What comes until an event is whole, or all there is. */
async function firstEvent({ body }: Response): Promise<string> {
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (/^data: ?.+\n/m.test(text)) break;
  }
  return text;
}

interface Answered {
  readonly transport: string;
  /** JSON, each. */
  readonly answers: readonly string[];
}

/** One client, which takes another transport every time. */
class Sender implements AsyncDisposable {
  readonly #url: string;
  readonly #random: Random;
  #socket: WebSocket | undefined;
  #id = 0;

  constructor(url: string, random: Random) {
    this.#url = url;
    this.#random = random;
  }

  send(request: Request): Promise<Answered> {
    const subscribes = request.query.startsWith('subscription');
    const transport = this.#random.next();
    if (transport < 0.25) return this.#overWebSocket(request);
    if (subscribes || transport < 0.35) return this.#overHttp(request, 'text/event-stream');
    if (transport < 0.45) return this.#byGet(request);
    return this.#overHttp(request, 'application/json', this.#random.chance(0.2));
  }

  async #overHttp(request: Request, accept: string, mutating = false): Promise<Answered> {
    const json = Buffer.from(JSON.stringify(request));
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: new Uint8Array(mutating ? mutated(json, this.#random) : json),
    });
    const text = await (isEndless(request) ? firstEvent(response) : response.text());
    const transport = `POST${mutating ? ', bytes changed,' : ''} for ${accept}`;
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return { transport, answers: [text] };
    // The last event has no data.
    return { transport, answers: [...text.matchAll(/^data: ?(.+)$/gm)].map(([, data = '']) => data) };
  }

  async #byGet(request: Request): Promise<Answered> {
    const { query, variables } = request;
    const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    if (parameters.toString().length > longestAddress) return this.#overHttp(request, 'application/json');
    const response = await fetch(`${this.#url}?${parameters}`, {
      headers: { accept: 'application/json', 'content-type': 'application/json' },
    });
    return { transport: 'GET', answers: [await response.text()] };
  }

  async #overWebSocket(request: Request): Promise<Answered> {
    const socket = await this.#open();
    const id = String(this.#id++);
    const answers: string[] = [];
    const completed = Promise.withResolvers<void>();
    const closed = (code: number) => completed.reject(new assert.AssertionError({ message: `closed with ${code}` }));
    const hear = (bytes: Buffer) => {
      const message = JSON.parse(String(bytes)) as { id: string; type: string; payload?: unknown };
      // Of a stream that was left.
      if (message.id !== id) return;
      if (message.type === 'next') answers.push(JSON.stringify(message.payload));
      if (message.type === 'error') answers.push(JSON.stringify({ errors: message.payload }));
      const left = message.type === 'next' && isEndless(request);
      if (left) socket.send(JSON.stringify({ id, type: 'complete' }));
      if (left || message.type === 'error' || message.type === 'complete') completed.resolve();
    };
    socket.on('message', hear).once('close', closed);
    socket.send(JSON.stringify({ id, type: 'subscribe', payload: request }));
    await completed.promise;
    socket.off('message', hear).off('close', closed);
    return { transport: 'WebSocket', answers };
  }

  async #open(): Promise<WebSocket> {
    if (this.#socket) return this.#socket;
    const socket = new WebSocket(this.#url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    const acknowledged = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await acknowledged;
    this.#socket = socket;
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.terminate();
  }
}
