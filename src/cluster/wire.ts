/** How processes that share a PostgreSQL database tell each other that something has changed, by LISTEN and NOTIFY. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { QueryResultRow } from 'pg';
import { channel, type Note, payloadOf, toldIn } from './notes.ts';
import { Session } from './session.ts';

/** Milliseconds before a connection is tried anew: the first time, and at the most. */
const firstDelay = 50;
const longestDelay = 500;
/** Notes that wait for a connection. Who misses those beyond looks by itself: after the connection is there again, or in time. */
const mostWaiting = 10_000;

export interface WireOptions {
  /** Told when the connection is lost, and for each time that there is none again. */
  readonly onFault?: (error: Error) => void;
}

/** A wire is up from `open` to `close`, apart from moments in which the connection is made anew: then notes may be missed. */
export class Wire implements AsyncDisposable {
  /** Of this process, beside the notes that it tells. */
  readonly id = randomUUID();
  readonly #url: string;
  readonly #onFault: (error: Error) => void;
  readonly #listeners = new Set<(note: Note) => void>();
  readonly #reconnected = new Set<() => void>();
  #session: Session | undefined;
  /** As JSON, each once; settled when it is told. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  #telling = false;
  readonly #closed = new AbortController();

  private constructor(url: string, { onFault = () => undefined }: WireOptions) {
    this.#url = url;
    this.#onFault = onFault;
  }

  /** @throws Error when there is no connection at first */
  static async open(url: string, options: WireOptions = {}): Promise<Wire> {
    const wire = new Wire(url, options);
    await wire.#connect();
    return wire;
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  /** @param onNote is told what other processes tell @returns stops that */
  listen(onNote: (note: Note) => void): () => void {
    const own = (note: Note) => onNote(note);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** @param call whenever there is a connection again, and notes may have been missed @returns stops that */
  onReconnect(call: () => void): () => void {
    const own = () => call();
    this.#reconnected.add(own);
    return () => void this.#reconnected.delete(own);
  }

  /**
   * Tells the others. What is told while the last statement is under way goes together with the next one; without a
   * connection it waits for one.
   */
  notify(note: Note): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.resolve();
    const text = JSON.stringify(note);
    const waiting = this.#waiting.get(text) ?? Promise.withResolvers<void>();
    this.#waiting.set(text, waiting);
    if (this.#waiting.size > mostWaiting) this.#drop(1);
    void this.#tell();
    return waiting.promise;
  }

  /** A statement on the connection that listens, in UTC. @throws Error of the database; and where there is no connection */
  async query<Row extends QueryResultRow>(statement: string, values: readonly unknown[] = []): Promise<Row[]> {
    if (!this.#session) throw new Error('there is no connection to the database');
    return this.#session.query<Row>(statement, values);
  }

  close(): void {
    this.#closed.abort();
    this.#session?.close();
    this.#session = undefined;
    this.#drop(this.#waiting.size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #connect(): Promise<void> {
    const session = await Session.open(this.#url, {
      onPayload: (payload) => this.#told(payload),
      onEnd: (error) => {
        if (this.#session !== session) return;
        this.#session = undefined;
        this.#onFault(error);
        void this.#reconnect();
      },
    });
    if (this.#closed.signal.aborted) session.close();
    else this.#session = session;
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closed;
    for (let delay = firstDelay; !signal.aborted; delay = Math.min(2 * delay, longestDelay)) {
      await pause(delay, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#connect();
      } catch (error) {
        this.#onFault(error as Error);
        continue;
      }
      if (!this.#session) return;
      for (const call of this.#reconnected) call();
      return void this.#tell();
    }
  }

  #told(payload: string): void {
    const told = toldIn(payload);
    if (!told || told.from === this.id) return;
    for (const note of told.notes) for (const listener of this.#listeners) listener(note);
  }

  /** Until nothing waits. */
  async #tell(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    while (this.#session && this.#waiting.size > 0) {
      const { payload, count } = payloadOf(this.id, [...this.#waiting.keys()]);
      const under = [...this.#waiting].slice(0, count);
      // What is told again from now on is of a later change.
      for (const [text] of under) this.#waiting.delete(text);
      try {
        await this.query('SELECT pg_notify($1, $2)', [channel, payload]);
        for (const [, told] of under) told.resolve();
      } catch {
        // With the next connection, or the next note.
        for (const [text, told] of under) {
          const later = this.#waiting.get(text);
          if (later) later.promise.then(told.resolve);
          else this.#waiting.set(text, told);
        }
        break;
      }
    }
    this.#telling = false;
    if (this.#closed.signal.aborted) this.#drop(this.#waiting.size);
  }

  /** The oldest ones that wait. */
  #drop(count: number): void {
    for (const [text, told] of [...this.#waiting].slice(0, count)) {
      this.#waiting.delete(text);
      told.resolve();
    }
  }
}
