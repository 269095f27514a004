/**
 * HTTP/1.1 by hand, as no well-behaved client speaks it: what is sent is the test's own, sent ahead or broken off; answers
 * are read only when they are asked for.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Milliseconds for what must come. */
const patience = 15_000;

type Headers = Readonly<Record<string, string>>;

interface Head {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Headers;
}

export interface RawAnswer extends Head {
  readonly bytes: Buffer;
  readonly body: string;
}

export class RawConnection implements Disposable {
  readonly socket: Socket;
  readonly #url: URL;
  #rest: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  protected constructor(socket: Socket, url: URL) {
    this.socket = socket;
    this.#url = url;
    // A connection that the server cuts is what some tests are about.
    socket.on('error', () => undefined);
    for (const event of ['readable', 'end', 'close']) socket.on(event, () => this.#wake());
  }

  /** @param address of a server on this machine */
  static async open(address: string): Promise<RawConnection> {
    const url = new URL(address);
    return new RawConnection(await connected(url), url);
  }

  write(bytes: Buffer | string): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /**
   * A request, so many times at once.
   *
   * @param start `GET /graphql`
   * @param headers in place of the usual ones of the same names, in lower case
   */
  send(start: string, headers: Headers = {}, body = '', times = 1): void {
    const usual = { host: this.#url.host, ...(body && { 'content-length': String(Buffer.byteLength(body)) }) };
    const fields = Object.entries({ ...usual, ...headers }).map((field) => `${field.join(': ')}\r\n`);
    this.write(`${start} HTTP/1.1\r\n${fields.join('')}\r\n${body}`.repeat(times));
  }

  get(headers: Headers, times = 1): void {
    this.send(`GET ${this.#url.pathname}`, headers, '', times);
  }

  post(query: string, headers: Headers = {}, { variables = {}, times = 1 } = {}): void {
    const body = JSON.stringify({ query, variables });
    this.send(`POST ${this.#url.pathname}`, { 'content-type': 'application/json', ...headers }, body, times);
  }

  /** The next answers; fewer if the server closes the connection before. */
  async read(count = Number.POSITIVE_INFINITY): Promise<RawAnswer[]> {
    const answers: RawAnswer[] = [];
    while (answers.length < count) {
      const answer = this.#take();
      if (answer) answers.push(answer);
      else if (this.#ended) break;
      else await this.#more(late());
    }
    return answers;
  }

  /** Of the next answer, as soon as it is known. */
  status(): Promise<number> {
    return this.until(() => this.#head()?.status, 'an answer');
  }

  /** Settles when these words have come so many times. */
  async says(words: string, times = 1): Promise<void> {
    await this.until(() => this.heard.split(words).length > times || undefined, words);
  }

  /** Settles when nothing more will come. */
  async end(): Promise<void> {
    for (const deadline = late(); !this.#ended; ) await this.#more(deadline);
  }

  /** Everything that came, but for the answers that were read. */
  get heard(): string {
    return this.#rest.toString('latin1');
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  protected get rest(): Buffer {
    return this.#rest;
  }

  /** Looks whenever something has come, until there is what it looks for. @param what for the message */
  protected async until<Value>(look: () => Value | undefined, what: string): Promise<Value> {
    for (const deadline = late(); ; await this.#more(deadline)) {
      const value = look();
      if (value !== undefined) return value;
      assert.ok(!this.#ended, `the connection ended before ${what}; it said ${this.#told()}`);
    }
  }

  /** Settles when something has come or nothing will any more. */
  async #more(deadline: number): Promise<void> {
    const chunk = this.socket.read() as Buffer | null;
    if (chunk) this.#rest = Buffer.concat([this.#rest, chunk]);
    else if (this.socket.readableEnded || this.socket.destroyed) this.#ended = true;
    else {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      this.#wake = () => resolve(true);
      const timer = setTimeout(() => resolve(false), deadline - performance.now());
      assert.ok(await promise, `nothing comes any more; this did: ${this.#told()}`);
      clearTimeout(timer);
    }
  }

  /** The first answer of what came, once it is whole. */
  #take(): RawAnswer | undefined {
    const head = this.#head();
    const body = head && this.#body(head);
    if (!body) return;
    this.#rest = this.#rest.subarray(body.end);
    return { status: head.status, headers: head.headers, bytes: body.bytes, body: body.bytes.toString() };
  }

  #head(): (Head & { readonly end: number }) | undefined {
    const end = this.#rest.indexOf('\r\n\r\n') + 4;
    if (end < 4) return;
    const [line = '', ...fields] = this.#rest.toString('latin1', 0, end - 4).split('\r\n');
    const headers = Object.fromEntries(
      fields.map((field) => [field.replace(/:.*/, '').toLowerCase(), field.replace(/^[^:]*:\s*/, '')]),
    );
    return { status: Number(line.split(' ')[1]), headers, end };
  }

  /** With where it ends. */
  #body({ status, headers, end: start }: Head & { readonly end: number }) {
    if (status === 101 || status === 304) return { bytes: Buffer.alloc(0), end: start };
    if (headers['transfer-encoding'] === 'chunked') return unchunked(this.#rest, start);
    const { 'content-length': length } = headers;
    const end = length === undefined ? this.#rest.length : start + Number(length);
    const whole = length === undefined ? this.#ended : this.#rest.length >= end;
    return whole ? { bytes: this.#rest.subarray(start, end), end } : undefined;
  }

  #told(): string {
    return JSON.stringify(this.heard.slice(-500));
  }
}

/** Sends a request on a connection of its own and reads the answer; `send` says what is what. */
export async function rawRequest(url: string, start: string, headers: Headers, body = ''): Promise<RawAnswer> {
  using connection = await RawConnection.open(url);
  connection.send(start, { connection: 'close', ...headers }, body);
  const [answer] = await connection.read(1);
  assert.ok(answer, `no answer to ${start}`);
  return answer;
}

export async function connected({ port }: URL): Promise<Socket> {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

function late(): number {
  return performance.now() + patience;
}

/** Undefined where the last chunk is missing. */
function unchunked(from: Buffer, start: number) {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const line = from.indexOf('\r\n', at);
    if (line < 0) return;
    const begin = line + 2;
    const end = begin + Number.parseInt(from.toString('latin1', at, line), 16);
    at = end + 2;
    if (from.length < at) return;
    if (begin === end) return { bytes: Buffer.concat(chunks), end: at };
    chunks.push(from.subarray(begin, end));
  }
}
