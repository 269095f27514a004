/** Follows the list of runs of a tenant to the end of the attack, over WebSocket and as server-sent events. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Hear } from './foreign-files.ts';
import type { Place, Tenant } from './tenant.ts';

const query = `subscription { runChanges { __typename ... on RunChanges { changed { id status note input { prompt { text } } }
  removed } } }`;

export class Watcher implements AsyncDisposable {
  readonly tenant: Tenant;
  readonly transport = 'WebSocket and server-sent events';
  readonly #socket: WebSocket;
  readonly #leaving = new AbortController();
  readonly #told: string[] = [];
  readonly #events: Promise<void>;

  private constructor(tenant: Tenant, socket: WebSocket, stream: Response) {
    [this.tenant, this.#socket] = [tenant, socket];
    socket.on('message', (bytes) => this.#told.push(String(bytes)));
    socket.on('close', (code, reason) => this.#told.push(`closed with ${code} ${reason}`));
    this.#events = this.#follow(stream);
  }

  static async open(tenant: Tenant, { url }: Place): Promise<Watcher> {
    const authorization = `Bearer ${tenant.key.text}`;
    const leaving = new AbortController();
    const stream = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query }),
      signal: leaving.signal,
    });
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers: { authorization } });
    await once(socket, 'open');
    const watcher = new Watcher(tenant, socket, stream);
    watcher.#leaving.signal.addEventListener('abort', () => leaving.abort());
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    return watcher;
  }

  /** Messages that tell of a run. */
  get changes(): number {
    return this.#told.filter((text) => text.includes('"status"')).length;
  }

  /** @returns how many changes were told */
  end(hear: Hear): number {
    assert.equal(this.#socket.readyState, WebSocket.OPEN, `${this.tenant.name}: ${this.#told.at(-1)}`);
    for (const text of this.#told) hear(this.tenant, '', text, this.transport);
    return this.changes;
  }

  async #follow({ body }: Response): Promise<void> {
    try {
      for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) this.#told.push(chunk);
    } catch {
      // It is left.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    this.#leaving.abort();
    await this.#events;
  }
}
