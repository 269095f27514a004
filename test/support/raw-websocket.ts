/** WebSocket by hand, frame by frame, after RFC 6455: to say what no library would. */
import assert from 'node:assert/strict';
import { connected, type RawAnswer, RawConnection, rawRequest } from './raw-connection.ts';

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

const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
  'sec-websocket-protocol': 'graphql-transport-ws',
};

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

/** Asks for a WebSocket, and leaves where it gets one. */
export function rawUpgrade(url: string, headers: Readonly<Record<string, string>>): Promise<RawAnswer> {
  return rawRequest(url, 'GET /graphql', { ...upgrade, ...headers });
}

export class RawWebSocket extends RawConnection {
  /** To a socket that has been acknowledged. @param headers of the upgrade, in place of the usual ones of the same names */
  static override async open(address: string, headers: Readonly<Record<string, string>> = {}): Promise<RawWebSocket> {
    const url = new URL(address);
    const socket = new RawWebSocket(await connected(url), url);
    requestUpgrade(socket, headers);
    const [answer] = await socket.read(1);
    assert.equal(answer?.status, 101);
    socket.write(text({ type: 'connection_init' }));
    await socket.message('connection_ack');
    return socket;
  }

  /** The first text message of this type. */
  message(type: string): Promise<{ readonly payload?: unknown }> {
    return this.until(() => {
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
    return this.until(() => {
      const close = this.#frames().find(({ opcode }) => opcode === opcodes.close);
      return close && (close.payload.length >= 2 ? close.payload.readUInt16BE() : 1005);
    }, 'a closing frame');
  }

  /** As the server sends them: none is masked. */
  #frames(): { opcode: number; payload: Buffer }[] {
    const frames: { opcode: number; payload: Buffer }[] = [];
    let { rest } = this;
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
}

/** @param headers in place of the usual ones of the same names */
export function requestUpgrade(
  connection: RawConnection,
  headers: Readonly<Record<string, string>> = {},
  start = 'GET /graphql',
): void {
  connection.send(start, { ...upgrade, ...headers });
}
