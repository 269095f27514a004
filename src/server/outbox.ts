/** What is to be sent on one WebSocket. It goes out piece by piece, so that pings and the end come between. */
import { WebSocket } from 'ws';
import type { Connection } from './connection.ts';
import type { Payload, Unsent } from './unsent.ts';

/** Bytes of one piece, and of those that the socket is given before it has sent them. */
const piece = 64 * 1024;
const window = 2 * piece;
/** Up to so many bytes are cheaper copied into one frame than sent as several. */
const short = 16 * 1024;

/** What a part takes beside its bytes: many short ones are made of little else. */
const partBytes = 200;

/** Part of a message. */
interface Part {
  readonly bytes: Buffer;
  /** Of which the bytes are, where they are shared. */
  readonly payload?: Payload;
  readonly last: boolean;
  /** The one that was put after it. */
  next?: Part;
}

export class Outbox {
  readonly #socket: WebSocket;
  readonly #connection: Connection;
  readonly #unsent: Unsent;
  /** Of those that are not wholly sent: a piece of one keeps all of it in memory. No array, which is slow to take from. */
  #oldest: Part | undefined;
  #newest: Part | undefined;
  /** The first that the socket was not given wholly, and how many bytes of it it was. */
  #toGive: Part | undefined;
  #begun = 0;
  /** Bytes that the socket has not sent yet. */
  #inSocket = 0;
  #corked = false;
  #cleared = false;
  #caughtUp: PromiseWithResolvers<void> | undefined;

  constructor(socket: WebSocket, connection: Connection, unsent: Unsent) {
    this.#socket = socket;
    this.#connection = connection;
    this.#unsent = unsent;
  }

  /** Settles when the socket has sent most of what waits, or is closed; undefined where it has. */
  get behind(): Promise<void> | undefined {
    if (!this.#isBehind()) return undefined;
    this.#caughtUp ??= Promise.withResolvers();
    return this.#caughtUp.promise;
  }

  send(message: string): void {
    this.#put({ bytes: Buffer.from(message), last: true });
  }

  /** A message that has a payload within it. */
  sendAround(head: string, payload: Payload, tail: string): void {
    const { bytes } = payload;
    if (bytes.length <= short) {
      this.#put({ bytes: Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]), last: true });
    } else {
      this.#put({ bytes: Buffer.from(head), last: false });
      this.#put({ bytes, payload, last: false });
      this.#put({ bytes: Buffer.from(tail), last: true });
    }
  }

  /** Leaves what has not been sent, for good. */
  clear(): void {
    this.#cleared = true;
    while (this.#oldest) this.#done(this.#oldest);
    this.#toGive = undefined;
    this.#tell();
  }

  #put(part: Part): void {
    if (!this.#isOpen()) return;
    const { bytes, payload } = part;
    if (this.#newest) this.#newest.next = part;
    this.#newest = part;
    this.#oldest ??= part;
    this.#toGive ??= part;
    payload?.hold();
    const own = ownBytesOf(part);
    this.#connection.own += own;
    if (payload) this.#connection.shared += bytes.length;
    this.#unsent.add(own);
    this.#pump();
  }

  #pump(): void {
    while (this.#inSocket < window && this.#toGive && this.#isOpen()) {
      const part = this.#toGive;
      const bytes = part.bytes.subarray(this.#begun, this.#begun + piece);
      this.#begun += bytes.length;
      const whole = this.#begun === part.bytes.length;
      if (whole) {
        this.#toGive = part.next;
        this.#begun = 0;
      }
      this.#inSocket += bytes.length;
      this.#cork();
      this.#socket.send(bytes, { binary: false, fin: whole && part.last }, () =>
        this.#sent(bytes.length, whole ? part : undefined),
      );
    }
  }

  /** @param part which was sent wholly with that */
  #sent(bytes: number, part: Part | undefined): void {
    if (this.#cleared) return;
    this.#inSocket -= bytes;
    if (part) this.#done(part);
    this.#pump();
    this.#tell();
  }

  /** With the oldest. */
  #done(part: Part): void {
    const { bytes, payload, next } = part;
    this.#oldest = next;
    if (!next) this.#newest = undefined;
    payload?.release();
    this.#connection.own -= ownBytesOf(part);
    if (payload) this.#connection.shared -= bytes.length;
  }

  #tell(): void {
    if (!this.#caughtUp || this.#isBehind()) return;
    this.#caughtUp.resolve();
    this.#caughtUp = undefined;
  }

  #isBehind(): boolean {
    return this.#isOpen() && this.#connection.isFull;
  }

  #isOpen(): boolean {
    return !this.#cleared && this.#socket.readyState === WebSocket.OPEN;
  }

  /** What is sent in one turn of the event loop leaves as one write. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    const { socket } = this.#connection;
    socket.cork();
    setImmediate(() => {
      this.#corked = false;
      socket.uncork();
    });
  }
}

function ownBytesOf({ bytes, payload }: Part): number {
  return partBytes + (payload ? 0 : bytes.length);
}
