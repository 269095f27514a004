/** What one TCP connection has not taken yet, and how it comes along. */
import type { Socket } from 'node:net';

/** Milliseconds between two looks at a connection. */
export const lookPeriod = 250;
/** Looks without anything gone, of what waits, that make it one that does not read. */
const patience = 1000 / lookPeriod;

export interface Patience {
  /** Bytes: a connection with as many unsent is behind. */
  readonly ofOne: number;
  /** Milliseconds without anything gone that make it one that never reads. */
  readonly unreadTime: number;
}

export class Connection {
  readonly socket: Socket;
  readonly #patience: Patience;
  /** Bytes of what is not wholly sent: of this connection alone, and of payloads that others may send too. */
  own = 0;
  shared = 0;
  /** Ends it at once, its unsent bytes with it; one that is no more than a socket is destroyed. */
  close: () => void;
  #sent = 0;
  #queued = 0;
  #still = 0;

  constructor(socket: Socket, patience: Patience) {
    this.socket = socket;
    this.#patience = patience;
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
    if (socket.destroyed || socket.writableLength < this.#patience.ofOne) return undefined;
    return new Promise((resolve) => {
      const settle = () => {
        socket.off('drain', settle).off('close', settle);
        resolve();
      };
      socket.on('drain', settle).on('close', settle);
    });
  }

  /** Bytes that have left the process; a write counts when it has left to its last byte, however long it is. */
  get sent(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  get reads(): boolean {
    return this.#still < patience;
  }

  /** Has it so much unsent, as its owner counts it, that its subscriptions wait? */
  get isFull(): boolean {
    return this.own + this.shared >= this.#patience.ofOne;
  }

  /** Nothing was taken for all of its time. One to which nothing is sent, as a subscription without news, may stay idle. */
  get stuck(): boolean {
    return this.#still * lookPeriod >= this.#patience.unreadTime;
  }

  /** To be called once in a period. */
  look(): void {
    const { sent } = this;
    const queued = queuedIn(this.socket);
    const moves = sent !== this.#sent || queued !== this.#queued || this.unsent === 0;
    this.#still = moves ? 0 : this.#still + 1;
    this.#sent = sent;
    this.#queued = queued;
  }
}

/** Bytes of the write under way that the system has not taken: what net itself tells a slow write from a stuck one by. */
function queuedIn(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize: number } | null };
  return handle?.writeQueueSize ?? 0;
}
