/** For tests: a bare client of graphql-transport-ws. */
import { EventEmitter, once } from 'node:events';
import { WebSocket } from 'ws';

/** Of an event that it was sent. */
export interface Told {
  readonly __typename: string;
  readonly seq: number;
  readonly run: { readonly id: string; readonly status?: string };
}

/** A bare client of many subscriptions on one socket. */
export class Follower {
  /** Of all its subscriptions, in the order in which they came. */
  readonly events: Told[] = [];
  readonly acknowledged: Promise<void>;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: Pick<WebSocket, 'send' | 'close'>;
  readonly #following = new Map<string, { events: Told[]; end: PromiseWithResolvers<Told[]> }>();
  readonly #arrivals = new EventEmitter();

  constructor(socket: Pick<WebSocket, 'send' | 'close'>, messages: EventEmitter) {
    this.#socket = socket;
    const acknowledged = Promise.withResolvers<void>();
    this.acknowledged = acknowledged.promise;
    messages.on('message', (text: string) => {
      const { id, type, payload } = JSON.parse(text);
      if (type === 'connection_ack') acknowledged.resolve();
      const following = this.#following.get(id);
      if (type === 'complete') following?.end.resolve(following.events);
      if (type === 'error') following?.end.reject(new Error(JSON.stringify(payload)));
      if (type !== 'next') return;
      const [event] = Object.values(payload.data) as [Told];
      following?.events.push(event);
      this.events.push(event);
      this.#arrivals.emit('event');
    });
    this.closed = once(messages, 'close').then(([code, reason]) => {
      const error = new Error(`closed with ${code} ${reason}`);
      for (const { end } of this.#following.values()) end.reject(error);
      return { code, reason: String(reason) };
    });
    socket.send(JSON.stringify({ type: 'connection_init' }));
  }

  static async raw(url: string) {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    const message = new EventEmitter();
    socket.on('message', (bytes) => message.emit('message', String(bytes)));
    socket.on('close', (code, reason) => message.emit('close', code, String(reason)));
    await once(socket, 'open');
    return { socket, message };
  }

  static async open(url: string): Promise<Follower & { pause(): void; resume(): void }> {
    const { socket, message } = await Follower.raw(url);
    const follower = new Follower(socket, message);
    await follower.acknowledged;
    return Object.assign(follower, { pause: () => socket.pause(), resume: () => socket.resume() });
  }

  /** @returns all its events, when it is complete */
  follow(query: string, variables?: object): Promise<Told[]> {
    const id = String(this.#following.size);
    const end = Promise.withResolvers<Told[]>();
    this.#following.set(id, { events: [], end });
    this.#socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }));
    return end.promise;
  }

  /** Settles when so many events have come. */
  async told(count: number): Promise<void> {
    while (this.events.length < count) await once(this.#arrivals, 'event');
  }

  close(): void {
    this.#socket.close();
  }
}

/** The WebSocket of browsers, as Node has it. */
export async function native(url: string) {
  const socket = new globalThis.WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  const message = new EventEmitter();
  socket.addEventListener('message', ({ data }) => message.emit('message', data));
  socket.addEventListener('close', ({ code, reason }) => message.emit('close', code, reason));
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  return { socket: socket as unknown as WebSocket, message };
}
