/** TCP, HTTP/1.1 and WebSocket by hand, to say what no library would. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Milliseconds for what must come. */
const patience = 15_000;

export interface Frame {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** Says that the payload is as long as this, in place of how long it is. */
  readonly length?: bigint;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** As RFC 6455 draws it; the mask is 1 2 3 4. */
export function frame({ opcode, payload = '', fin = true, reserved = 0, masked = true, length }: Frame): Buffer {
  const bytes = Buffer.from(payload);
  const said = length ?? BigInt(bytes.length);
  const [short, extended] =
    said < 126n ? [Number(said), Buffer.alloc(0)] : said < 65_536n ? [126, Buffer.alloc(2)] : [127, Buffer.alloc(8)];
  if (extended.length === 2) extended.writeUInt16BE(Number(said));
  if (extended.length === 8) extended.writeBigUInt64BE(said);
  const head = Buffer.from([(fin ? 0x80 : 0) | (reserved << 4) | opcode, (masked ? 0x80 : 0) | short]);
  if (!masked) return Buffer.concat([head, extended, bytes]);
  const mask = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([head, extended, mask, bytes.map((byte, index) => byte ^ (mask[index % 4] as number))]);
}

export function text(message: object | string): Buffer {
  return frame({ opcode: opcodes.text, payload: typeof message === 'string' ? message : JSON.stringify(message) });
}

export class RawSocket implements Disposable {
  readonly #socket: Socket;
  #heard = Buffer.alloc(0);
  /** Of `#heard`, how much was the answer to the upgrade. */
  #upgraded = 0;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    const wake = () => {
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    };
    socket.on('data', (bytes) => {
      this.#heard = Buffer.concat([this.#heard, bytes]);
      wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      wake();
    });
  }

  static async open(port: number): Promise<RawSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  write(bytes: Buffer | string): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Reads nothing from now on, whatever comes. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Says that nothing more will come, and goes on reading. */
  finish(): void {
    this.#socket.end();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @param headers in place of the usual ones of the same names */
  requestUpgrade(headers: Readonly<Record<string, string>> = {}, { path = '/graphql', method = 'GET' } = {}): void {
    const usual = {
      Host: 'localhost',
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
      'Sec-WebSocket-Protocol': 'graphql-transport-ws',
    };
    const lines = Object.entries({ ...usual, ...headers }).map(([name, value]) => `${name}: ${value}`);
    this.write(`${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
  }

  /** To a socket that has been acknowledged. */
  async upgrade(): Promise<void> {
    this.requestUpgrade();
    assert.equal(await this.status(), 101);
    this.write(text({ type: 'connection_init' }));
    await this.message('connection_ack');
  }

  /** Of the first answer. */
  async status(): Promise<number> {
    const head = await this.#until(() => {
      const end = this.#heard.indexOf('\r\n\r\n');
      return end < 0 ? undefined : this.#heard.subarray(0, end + 4).toString('latin1');
    }, 'an HTTP status');
    const [, status] = /^HTTP\/1\.1 (\d+)/.exec(head) ?? [];
    if (status === '101') this.#upgraded = head.length;
    return Number(status);
  }

  /** The first text message of this type. */
  message(type: string): Promise<{ readonly payload?: unknown }> {
    return this.#until(() => {
      for (const { opcode, payload } of this.#frames()) {
        if (opcode !== opcodes.text) continue;
        const message = JSON.parse(String(payload)) as { type: string; payload?: unknown };
        if (message.type === type) return message;
      }
      return undefined;
    }, `a message ${type}`);
  }

  /** The code with which the server closes. */
  closing(): Promise<number> {
    return this.#until(() => {
      const close = this.#frames().find(({ opcode }) => opcode === opcodes.close);
      return close && (close.payload.length >= 2 ? close.payload.readUInt16BE() : 1005);
    }, 'a closing frame');
  }

  /** Settles when all that came matches. */
  async says(pattern: RegExp): Promise<void> {
    await this.#until(() => pattern.test(this.heard) || undefined, String(pattern));
  }

  /** Settles when the connection is gone. */
  async end(): Promise<void> {
    await this.#until(() => this.#ended || undefined, 'its end', true);
  }

  /** Everything that came. */
  get heard(): string {
    return this.#heard.toString('latin1');
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  /** As the server sends them: none is masked. */
  #frames(): { opcode: number; payload: Buffer }[] {
    const frames: { opcode: number; payload: Buffer }[] = [];
    let rest = this.#heard.subarray(this.#upgraded);
    while (rest.length >= 2) {
      const short = (rest[1] as number) & 0x7f;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (rest.length < head) break;
      const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
      if (rest.length < head + length) break;
      frames.push({ opcode: (rest[0] as number) & 0x0f, payload: rest.subarray(head, head + length) });
      rest = rest.subarray(head + length);
    }
    return frames;
  }

  async #until<Value>(look: () => Value | undefined, what: string, evenEnded = false): Promise<Value> {
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(late.resolve, patience);
    try {
      for (let waiting = true; ; ) {
        const value = look();
        if (value !== undefined) return value;
        if (this.#ended && !evenEnded) assert.fail(`the connection ended before ${what}; it said ${this.#told()}`);
        assert.ok(waiting, `${what} does not come; this did: ${this.#told()}`);
        waiting = await Promise.race([this.#wake.promise.then(() => true), late.promise.then(() => false)]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #told(): string {
    return JSON.stringify(this.heard.slice(-500));
  }
}
