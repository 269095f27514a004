/** Requests as no well-behaved client sends them: their bytes are the test's own. */
import { createConnection, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @param start `GET /graphql`; @param headers as they are sent, `Host` among them or not */
export async function rawRequest(
  url: string,
  start: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  const sent = { connection: 'close', ...(body && { 'content-length': String(Buffer.byteLength(body)) }), ...headers };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${start} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  return answerOf(await read(socket, (answer) => answer.endsWith('\r\n0\r\n\r\n')));
}

/** Asks for a WebSocket, and leaves where it gets one. */
export async function rawUpgrade(url: string, headers: Readonly<Record<string, string>>): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  const sent = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'graphql-transport-ws',
    ...headers,
  };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /graphql HTTP/1.1\r\n${lines.join('')}\r\n`);
  return answerOf(await read(socket, (answer) => answer.startsWith('HTTP/1.1 101')));
}

/** To its end, which a connection that is kept does not tell by itself. */
async function read(socket: Socket, isWhole: (answer: string) => boolean): Promise<string> {
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    answer += chunk;
    if (isWhole(answer)) break;
  }
  return answer;
}

function answerOf(answer: string): RawAnswer {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const [name = '', ...value] = line.split(':');
    return [name.toLowerCase(), value.join(':').trim()];
  });
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers), body: rest.join('\r\n\r\n') };
}
