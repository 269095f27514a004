/**
 * What waits to be sent, of all connections of the process: WebSocket, server-sent events and plain responses alike. It
 * counts what takes memory: each connection's own bytes, and a payload that is shared among many once, however many of
 * them have yet to send it. Connections that take nothing of it are closed.
 */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { Connection, lookPeriod, type Patience } from './connection.ts';

/** Bytes that are sent to many. */
export class Payload {
  readonly bytes: Buffer;
  readonly #unsent: Unsent;
  #senders = 0;

  constructor(bytes: Buffer, unsent: Unsent) {
    this.bytes = bytes;
    this.#unsent = unsent;
  }

  /** For one more connection that has yet to send it. */
  hold(): void {
    if (this.#senders++ === 0) this.#unsent.share(this.bytes.length);
  }

  release(): void {
    if (--this.#senders === 0) this.#unsent.share(-this.bytes.length);
  }
}

export class Unsent implements Disposable {
  readonly #most: number;
  readonly #patience: Patience;
  readonly #log: Logger;
  readonly #connections = new Map<Socket, Connection>();
  readonly #timer: NodeJS.Timeout;
  #shared = 0;
  /** Bytes that were added since the last look. */
  #added = 0;
  #room = Promise.withResolvers<void>();
  #full = false;

  /** @param limits all: bytes that may wait at once */
  constructor(limits: Patience & { readonly all: number }, log: Logger) {
    this.#most = limits.all;
    this.#patience = limits;
    this.#log = log;
    this.#timer = setInterval(() => {
      for (const connection of this.#connections.values()) {
        connection.look();
        // It would not read why either.
        if (connection.stuck) connection.socket.destroy();
      }
      this.#look();
    }, lookPeriod).unref();
  }

  /** Watches a connection until it is closed. */
  watch(socket: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known) return known;
    const connection = new Connection(socket, this.#patience);
    this.#connections.set(socket, connection);
    socket.once('close', () => this.#connections.delete(socket));
    return connection;
  }

  /** To be told of bytes that wait from now on; so many are seen at once, few at the next look. */
  add(bytes: number): void {
    this.#added += bytes;
    if (this.#added > this.#most / 16) this.#look();
  }

  /** Of payloads. */
  share(bytes: number): void {
    this.#shared += bytes;
    if (bytes > 0) this.add(bytes);
  }

  /** Settles when more may be made that has to be sent; undefined where it may now. */
  get room(): Promise<void> | undefined {
    return this.#full ? this.#room.promise : undefined;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#added = 0;
    if (this.#total() >= this.#most) this.#close();
    const full = this.#total() >= this.#most;
    if (this.#full && !full) this.#room.resolve();
    if (!this.#full && full) this.#room = Promise.withResolvers();
    this.#full = full;
  }

  /** The slowest first: those that do not read, then those that have the most to be sent. */
  #close(): void {
    const slowest = [...this.#connections.values()]
      .filter(({ unsent }) => unsent > 0)
      .sort((a, b) => Number(a.reads) - Number(b.reads) || b.unsent - a.unsent);
    for (const connection of slowest) {
      if (this.#total() < this.#most) return;
      const { unsent, socket } = connection;
      this.#log.warn({ unsent, address: socket.remoteAddress }, 'a connection is closed, since it reads too slowly');
      connection.close();
    }
  }

  #total(): number {
    let total = this.#shared;
    for (const connection of this.#connections.values()) total += connection.taken;
    return total;
  }
}
