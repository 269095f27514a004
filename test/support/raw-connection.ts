/** HTTP/1.1 on a bare socket: sends ahead what no good client would, and reads only when it is told to. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export class RawConnection implements Disposable {
  readonly socket: Socket;
  /** However that comes. */
  readonly closed: Promise<void>;
  readonly #url: URL;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  private constructor(socket: Socket, url: URL) {
    this.socket = socket;
    this.#url = url;
    // A connection that the server cuts is what some tests are about.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    for (const event of ['readable', 'end', 'close']) socket.on(event, () => this.#wake());
  }

  static async open(address: string): Promise<RawConnection> {
    const url = new URL(address);
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, 'connect');
    return new RawConnection(socket, url);
  }

  get(headers: Record<string, string>, times = 1): void {
    this.#send(`GET ${this.#url.pathname}`, headers, '', times);
  }

  post(query: string, headers: Record<string, string> = {}): void {
    const body = JSON.stringify({ query });
    const ours = { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` };
    this.#send(`POST ${this.#url.pathname}`, { ...ours, ...headers }, body);
  }

  /** The next answers; fewer if the server closes the connection before. */
  async read(count = Number.POSITIVE_INFINITY): Promise<RawAnswer[]> {
    const answers: RawAnswer[] = [];
    for (let ended = false; !ended && answers.length < count; ) {
      const answer = this.#take();
      if (answer) answers.push(answer);
      else ended = !(await this.#more());
    }
    return answers;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  /** @returns whether there may be more */
  async #more(): Promise<boolean> {
    const chunk = this.socket.read() as Buffer | null;
    if (chunk) this.#bytes = Buffer.concat([this.#bytes, chunk]);
    else if (this.socket.readableEnded || this.socket.destroyed) return false;
    else
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return true;
  }

  /** The first answer of what was read, once it is whole; one in chunks counts as without a body. */
  #take(): RawAnswer | undefined {
    const start = this.#bytes.indexOf('\r\n\r\n') + 4;
    if (start < 4) return;
    const [line = '', ...fields] = this.#bytes.toString('latin1', 0, start - 4).split('\r\n');
    const headers = Object.fromEntries(
      fields.map((field) => [field.replace(/:.*/, '').toLowerCase(), field.replace(/^[^:]*:\s*/, '')]),
    );
    const end = start + (line.includes(' 304 ') ? 0 : Number(headers['content-length'] ?? 0));
    if (this.#bytes.length < end) return;
    const body = this.#bytes.subarray(start, end);
    this.#bytes = this.#bytes.subarray(end);
    return { status: Number(line.split(' ')[1]), headers, body };
  }

  #send(line: string, headers: Record<string, string>, body: string, times = 1): void {
    const fields = Object.entries({ host: this.#url.host, ...headers }).map((field) => `${field.join(': ')}\r\n`);
    this.socket.write(`${line} HTTP/1.1\r\n${fields.join('')}\r\n${body}`.repeat(times));
  }
}
