/** Those who follow runs at several servers, a socket each, in a process of their own: of what they are told only place and moment are read. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Followed {
  /** Of the servers' GraphQL endpoints: the subscribers of a run are spread over all. */
  readonly urls: readonly string[];
  readonly runs: readonly string[];
  readonly subscribers: number;
}

/** What was told since it was asked for the last time. */
export interface Heard {
  /** Milliseconds from the moment that an event bears, which is before it is written, to its arrival: of all subscribers. */
  readonly latencies: readonly number[];
  /** Different events. */
  readonly events: number;
  /** Of `Date.now()`, of the last arrival. */
  readonly last: number;
}

/** Sockets that are opened at once. */
const atOnce = 50;

const query = `subscription ($id: ID!) { runEvents(runId: $id) {
  __typename ... on Error { message } ... on RunEvent { seq at } ... on TokenGenerated { token { tokenId text } probability alternatives { token { text } probability } }
} }`;

export class Followers implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Settles when each has had an event. */
  static async start(followed: Followed): Promise<Followers> {
    const followers = new Followers(fork(import.meta.filename));
    followers.#child.send(followed);
    await followers.#told();
    return followers;
  }

  async heard(): Promise<Heard> {
    this.#child.send('heard');
    return (await this.#told()) as Heard;
  }

  /** When every run has ended for each of its subscribers. */
  async whole(): Promise<void> {
    this.#child.send('whole');
    await this.#told();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) await once(this.#child, 'exit');
  }

  async #told(): Promise<unknown> {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`The subscribers' process ended with ${code}`);
    });
    const [message] = await Promise.race([once(this.#child, 'message'), ended]);
    return message;
  }
}

function follow({ urls, runs, subscribers }: Followed): void {
  const joined = Promise.withResolvers<void>();
  const whole = Promise.withResolvers<void>();
  let [begun, ended, latencies, last] = [0, 0, [] as number[], 0];
  let events = new Set<string>();
  let opened = 0;
  const open = (index: number) => {
    const run = index % runs.length;
    const url = urls[Math.floor(index / runs.length) % urls.length] as string;
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { skipUTF8Validation: true });
    let next = 0;
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (message: Buffer) => {
      const now = Date.now();
      const head = message.toString('latin1', 0, 200);
      if (head.includes('"connection_ack"'))
        return socket.send(
          JSON.stringify({ id: '0', type: 'subscribe', payload: { query, variables: { id: runs[run] } } }),
        );
      if (head.includes('"complete"')) {
        ended++;
        if (ended === subscribers) whole.resolve();
        return;
      }
      const [, seq, at] = /"seq":(\d+),"at":"([^"]+)"/.exec(head) ?? [];
      if (at === undefined) return head.includes('"ping"') ? socket.send('{"type":"pong"}') : fail(`told ${head}`);
      if (Number(seq) !== next++) fail(`event ${seq} where ${next - 1} comes next`);
      latencies.push(now - Date.parse(at));
      events.add(`${run} ${seq}`);
      last = now;
      if (next !== 1) return;
      if (++begun === subscribers) joined.resolve();
      if (opened < subscribers) open(opened++);
    });
    socket.on('close', (code, reason) => fail(`a socket was closed: ${code} ${reason}`));
    socket.on('error', (error) => fail(error.message));
  };
  while (opened < Math.min(atOnce, subscribers)) open(opened++);
  process.on('message', async (asked) => {
    if (asked === 'whole') await whole.promise.then(() => process.send?.('whole'));
    else {
      process.send?.({ latencies, events: events.size, last } satisfies Heard);
      [latencies, events] = [[], new Set()];
    }
  });
  void joined.promise.then(() => process.send?.('joined'));
}

function fail(what: string): never {
  throw new Error(`A subscriber: ${what}`);
}

if (import.meta.main) process.once('message', (followed: Followed) => follow(followed));
