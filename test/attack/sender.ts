/** GraphQL over every transport. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { mutated, type Request } from './documents.ts';
import type { Random } from './random.ts';

/** Longer addresses are no GraphQL to the server, but too many bytes of headers. */
const longestAddress = 8000;

/** Streams of states end by nothing but their client. */
function isEndless({ query }: Request): boolean {
  return /\b(modelChanges|runChanges|workersChanged)\b/.test(query);
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

export interface Answered {
  readonly transport: string;
  /** JSON, each. */
  readonly answers: readonly string[];
}

/** One client, which takes another transport every time. */
export class Sender implements AsyncDisposable {
  readonly #url: string;
  readonly #random: Random;
  readonly #shown: Readonly<Record<string, string>>;
  #socket: WebSocket | undefined;
  #id = 0;

  /** @param key with which it shows who it is */
  constructor(url: string, random: Random, key?: string) {
    this.#url = url;
    this.#random = random;
    this.#shown = key === undefined ? {} : { authorization: `Bearer ${key}` };
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
      headers: { 'content-type': 'application/json', accept, ...this.#shown },
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
      headers: { accept: 'application/json', 'content-type': 'application/json', ...this.#shown },
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
    const first = this.#random.chance(0.5);
    const headers = first ? this.#shown : {};
    const socket = new WebSocket(this.#url.replace('http', 'ws'), 'graphql-transport-ws', { headers });
    await once(socket, 'open');
    const acknowledged = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'connection_init', payload: first ? undefined : this.#shown }));
    await acknowledged;
    this.#socket = socket;
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.terminate();
  }
}
