/** What a client may do wrong on a socket, each with how the server must take it. */

import type { RawConnection } from '../support/raw-connection.ts';
import { type Frame, frame, opcodes, requestUpgrade, text } from '../support/raw-websocket.ts';
import type { Random } from './random.ts';

/** On a WebSocket that has been acknowledged. */
interface WrongFrame {
  readonly name: string;
  send(socket: RawConnection, random: Random): void;
  /** The code with which that socket is closed, or none where it is cut off; absent: it is served on. */
  readonly closed?: number | 'CUT OFF';
}

const alive = { id: 'alive', type: 'subscribe', payload: { query: '{ __typename }' } };
const subscription = {
  type: 'subscribe',
  payload: {
    query:
      'subscription { circulation(input: { model: "sample", prompt: { text: "The capital of France is" } }) { __typename } }',
  },
};

const sends =
  (...frames: Frame[]) =>
  (socket: RawConnection) =>
    socket.write(Buffer.concat(frames.map(frame)));
const says =
  (...messages: (object | string)[]) =>
  (socket: RawConnection) =>
    socket.write(Buffer.concat(messages.map(text)));

export const wrongFrames: readonly WrongFrame[] = [
  {
    name: 'an opcode that is reserved',
    send: (socket, random) =>
      socket.write(frame({ opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload: random.bytes(4) })),
    closed: 1002,
  },
  {
    name: 'a reserved bit',
    send: (socket, random) =>
      socket.write(frame({ opcode: opcodes.text, reserved: random.between(1, 7), payload: '{}' })),
    closed: 1002,
  },
  { name: 'no mask', send: sends({ opcode: opcodes.text, masked: false, payload: '{}' }), closed: 1002 },
  {
    name: 'a control frame in pieces',
    send: (socket, random) =>
      socket.write(frame({ opcode: random.pick([opcodes.close, opcodes.ping, opcodes.pong]), fin: false })),
    closed: 1002,
  },
  {
    name: 'a long control frame',
    send: (socket, random) =>
      socket.write(
        frame({ opcode: random.pick([opcodes.close, opcodes.ping, opcodes.pong]), payload: random.bytes(126) }),
      ),
    closed: 1002,
  },
  {
    name: 'the continuation of nothing',
    send: sends({ opcode: opcodes.continuation, payload: '{}' }),
    closed: 1002,
  },
  {
    name: 'a message in the middle of another',
    send: sends({ opcode: opcodes.text, fin: false, payload: '{' }, { opcode: opcodes.text, payload: '}' }),
    closed: 1002,
  },
  {
    name: 'a length that is too large',
    send: (socket, random) =>
      socket.write(
        frame({ opcode: opcodes.text, length: BigInt(random.pick([2 ** 18 + 1, 2 ** 31, 2 ** 40, 2 ** 53])) }),
      ),
    closed: 1009,
  },
  { name: 'a negative length', send: sends({ opcode: opcodes.text, length: 2n ** 64n - 1n }), closed: 1009 },
  {
    name: 'pieces that are too large together',
    send: sends(
      { opcode: opcodes.text, fin: false, payload: Buffer.alloc(200_000, ' ') },
      { opcode: opcodes.continuation, fin: false, payload: Buffer.alloc(100_000, ' ') },
    ),
    closed: 1009,
  },
  {
    name: 'text that is no UTF-8',
    send: (socket, random) => {
      const payload = random.pick([[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80], [0xe2, 0x82]]);
      socket.write(frame({ opcode: opcodes.text, payload: Buffer.from(payload) }));
    },
    closed: 1007,
  },
  {
    name: 'a closing code that is none',
    send: (socket, random) => {
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(random.pick([0, 999, 1004, 1005, 1006, 1015, 2000, 5000, 65_535]));
      socket.write(frame({ opcode: opcodes.close, payload }));
    },
    closed: 1002,
  },
  { name: 'half a closing code', send: sends({ opcode: opcodes.close, payload: 'x' }), closed: 1002 },
  {
    name: 'a reason for closing that is no UTF-8',
    send: sends({ opcode: opcodes.close, payload: Buffer.from([0x03, 0xe8, 0xff]) }),
    closed: 1007,
  },
  { name: 'no JSON', send: says('{"type":'), closed: 4400 },
  {
    name: 'no message of the protocol',
    send: (socket, random) =>
      socket.write(
        text(
          random.pick<object | string>([
            { type: 'start', id: '1' },
            { type: 'subscribe' },
            { type: 'subscribe', id: 1, payload: { query: '{ __typename }' } },
            { type: 'subscribe', id: '1', payload: { query: 1 } },
            { type: 'subscribe', id: '1', payload: { query: '{ __typename }', variables: 'none' } },
            { type: 'complete' },
            { type: ['ping'] },
            'null',
            '[]',
            '1',
          ]),
        ),
      ),
    closed: 4400,
  },
  { name: 'JSON as deep as a message is long', send: says('['.repeat(250_000)), closed: 4400 },
  { name: 'a second connection_init', send: says({ type: 'connection_init' }), closed: 4429 },
  {
    name: 'an id that another operation has',
    send: says({ id: '1', ...subscription }, { id: '1', ...subscription }),
    closed: 4409,
  },
  { name: 'the end of an operation that there is not', send: says({ type: 'complete', id: 'none' }) },
  {
    name: 'the end of an operation before its answer',
    send: says({ id: '1', ...subscription }, { id: '1', type: 'complete' }),
  },
  {
    name: 'pings and pongs that nobody waits for',
    send: says({ type: 'pong' }, { type: 'ping', payload: { a: [1] } }),
  },
  {
    name: 'control frames between the pieces of a message',
    send: (socket) => {
      const bytes = Buffer.from(
        JSON.stringify({ id: 'pieces', type: 'subscribe', payload: { query: '{ __typename }' } }),
      );
      const pieces = Array.from(bytes, (byte, index) => {
        const last = index === bytes.length - 1;
        const opcode = index === 0 ? opcodes.text : opcodes.continuation;
        const piece = frame({ opcode, fin: last, payload: Buffer.from([byte]) });
        return index % 2 === 0 ? [piece] : [piece, frame({ opcode: opcodes.ping, payload: String(index) })];
      });
      socket.write(Buffer.concat(pieces.flat()));
    },
  },
  {
    name: 'more pings at once than pongs are kept for',
    send: (socket) =>
      socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => frame({ opcode: opcodes.ping, payload: 'x' })))),
    closed: 'CUT OFF',
  },
  {
    name: 'variables as deep as a message is long',
    send: says(
      `{"id":"deep","type":"subscribe","payload":{"query":"query ($id: ID!) { run(id: $id) { id } }","variables":{"id":${'['.repeat(1000)}${']'.repeat(1000)}}}}`,
    ),
  },
  {
    name: 'messages in binary',
    send: (socket) => socket.write(frame({ opcode: opcodes.binary, payload: JSON.stringify({ type: 'ping' }) })),
  },
];

/** Served as the server serves everybody. */
export const aliveMessage = text(alive);

/** Before anything is a WebSocket. */
interface WrongRequest {
  readonly name: string;
  send(socket: RawConnection, random: Random): void;
  /** Of HTTP. */
  readonly status: readonly number[];
}

const request = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;

export const wrongRequests: readonly WrongRequest[] = [
  {
    name: 'an upgrade of another version',
    send: (socket) => requestUpgrade(socket, { 'sec-websocket-version': '7' }),
    status: [400, 426],
  },
  {
    name: 'an upgrade with no key',
    send: (socket) => requestUpgrade(socket, { 'sec-websocket-key': 'x' }),
    status: [400],
  },
  {
    name: 'an upgrade elsewhere',
    send: (socket) => requestUpgrade(socket, {}, 'GET /health'),
    status: [400, 404],
  },
  {
    name: 'an upgrade by POST',
    send: (socket) => requestUpgrade(socket, { 'content-length': '0' }, 'POST /graphql'),
    status: [400, 405],
  },
  {
    name: 'an upgrade to something else',
    send: (socket) => requestUpgrade(socket, { upgrade: 'h2c' }),
    status: [400, 404, 405, 406, 426],
  },
  {
    name: 'bytes that are no HTTP',
    send: (socket, random) => {
      socket.write(Buffer.concat([Buffer.from([0x16, 0x03]), random.bytes(200), Buffer.from('\r\n\r\n')]));
    },
    status: [400],
  },
  {
    name: 'a method that there is not',
    send: (socket) => socket.write(request('BREW /graphql HTTP/1.1', 'Host: a')),
    status: [400],
  },
  { name: 'no Host', send: (socket) => socket.write(request('GET /graphql HTTP/1.1')), status: [400] },
  {
    name: 'a Host that is no name',
    send: (socket, random) =>
      socket.write(
        request(
          'GET /graphql?query=%7B__typename%7D HTTP/1.1',
          `Host: ${random.pick(['[::', '[', 'a b', ':', 'localhost:x', 'localhost:99999', '%', '\\'])}`,
        ),
      ),
    status: [400, 403, 421],
  },
  {
    name: 'headers that are too large',
    send: (socket) => socket.write(request('GET /graphql HTTP/1.1', 'Host: localhost', `A: ${'a'.repeat(20_000)}`)),
    status: [431],
  },
  {
    name: 'a length that is none',
    send: (socket, random) =>
      socket.write(
        request(
          'POST /graphql HTTP/1.1',
          'Host: localhost',
          `Content-Length: ${random.pick(['-1', '1e3', '99999999999999999999', '0x10', ''])}`,
        ),
      ),
    status: [400, 413],
  },
  {
    name: 'two lengths',
    send: (socket) =>
      socket.write(
        request('POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Length: 4', 'Transfer-Encoding: chunked') +
          '0\r\n\r\n',
      ),
    status: [400],
  },
  {
    name: 'chunks',
    send: (socket) =>
      socket.write(
        `${request('POST /graphql HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked')}ffffffffffffffff\r\n`,
      ),
    status: [400, 411, 413],
  },
  {
    name: 'a target that is no address',
    send: (socket, random) =>
      socket.write(
        request(
          `GET ${random.pick(['//', '/%', '/..%2f..%2fetc/passwd', '*', 'http://:99999/'])} HTTP/1.1`,
          'Host: localhost',
        ),
      ),
    status: [400, 403, 404, 405, 415],
  },
];
