/**
 * What waits to be sent, of all connections of the process: WebSocket, server-sent events and plain responses alike. It
 * counts what takes memory: each connection's own bytes, and a payload that is shared among many once, however many of
 * them have yet to send it.
 */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';

/** Milliseconds between two looks. */
const period = 250;
/** So many periods without a byte gone make a connection one that does not read. */
const patience = 4;

/** A connection with as many unsent bytes is behind. */
export const mostBehind = 1_000_000;

/** A TCP connection. */
export class Connection {
  readonly socket: Socket;
  /** Bytes of what is not wholly sent: of this connection alone, and of payloads that others may send too. */
  own = 0;
  shared = 0;
  /** Ends it at once, its unsent bytes with it; one that is no more than a socket is destroyed. */
  close: () => void;
  #sent = 0;
  #still = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    this.close = () => socket.destroy();
  }

  // Who counts nothing leaves it to the socket, which counts all that it was given, whoever's it is.

  get unsent(): number {
    return this.socket.destroyed ? 0 : Math.max(this.socket.writableLength, this.own + this.shared);
  }

  /** Without what is shared. */
  get taken(): number {
    return this.socket.destroyed ? 0 : Math.max(this.socket.writableLength - this.shared, this.own);
  }

  /** Settles when the socket has sent what it was given, or is closed; undefined where it has sent most of it. */
  get behind(): Promise<void> | undefined {
    const { socket } = this;
    if (socket.destroyed || socket.writableLength < mostBehind) return undefined;
    return new Promise((resolve) => {
      const settle = () => {
        socket.off('drain', settle).off('close', settle);
        resolve();
      };
      socket.on('drain', settle).on('close', settle);
    });
  }

  /** Bytes that have left the process. */
  get sent(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  get reads(): boolean {
    return this.#still < patience;
  }

  /** To be called once in a period. */
  look(): void {
    const { sent } = this;
    this.#still = sent > this.#sent || this.unsent === 0 ? 0 : this.#still + 1;
    this.#sent = sent;
  }
}

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
  readonly #log: Logger;
  readonly #connections = new Map<Socket, Connection>();
  readonly #timer: NodeJS.Timeout;
  #shared = 0;
  /** Bytes that were added since the last look. */
  #added = 0;
  #room = Promise.withResolvers<void>();
  #full = false;

  /** @param most bytes that may wait at once */
  constructor(most: number, log: Logger) {
    this.#most = most;
    this.#log = log;
    this.#timer = setInterval(() => {
      for (const connection of this.#connections.values()) connection.look();
      this.#look();
    }, period).unref();
  }

  /** Watches a connection until it is closed. */
  watch(socket: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known) return known;
    const connection = new Connection(socket);
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
