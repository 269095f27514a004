/** One connection to PostgreSQL that listens, until it is lost: also where nothing says that it is. */
import { Socket } from 'node:net';
import { Client, type QueryResultRow } from 'pg';
import { channel } from './notes.ts';

/** Milliseconds in which a connection is made. */
const connecting = 2000;
/** Milliseconds for which a statement is waited for: all are small. */
const patience = 2500;
/** Milliseconds without an answer after which one is asked for. */
const probing = 1000;

/**
 * Moments are written as Prisma writes them, in UTC. What is written here is of this moment: it need not outlive a crash of
 * the database. That frees the locks of a client that it cannot reach within some seconds.
 */
const preparation = `
  SET TIME ZONE 'UTC';
  SET synchronous_commit = off;
  SET tcp_keepalives_idle = 2;
  SET tcp_keepalives_interval = 1;
  SET tcp_keepalives_count = 3;
  SET tcp_user_timeout = 5000;
  LISTEN ${channel}`;

export interface SessionEvents {
  readonly onPayload: (payload: string) => void;
  /** Called once, of one that was opened. */
  readonly onEnd: (error: Error) => void;
}

export class Session {
  readonly #client: Client;
  readonly #socket: Socket;
  #answered = performance.now();
  readonly #probe: NodeJS.Timeout;
  /** Statements go one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #over: Error | undefined;

  private constructor(client: Client, socket: Socket, { onPayload, onEnd }: SessionEvents) {
    this.#client = client;
    this.#socket = socket;
    client.on('notification', ({ payload }) => onPayload(payload ?? ''));
    const end = (error: Error) => {
      if (this.#over) return;
      this.#over = error;
      clearInterval(this.#probe);
      socket.destroy();
      onEnd(error);
    };
    client.on('error', end);
    client.on('end', () => end(new Error('the database has closed the connection')));
    this.#probe = setInterval(() => {
      if (performance.now() - this.#answered > probing) this.query('SELECT').catch(() => undefined);
    }, probing).unref();
  }

  /** @throws Error of the database, or of the way to it */
  static async open(url: string, events: SessionEvents): Promise<Session> {
    const socket = new Socket();
    const client = new Client({
      connectionString: url,
      application_name: 'tributary',
      connectionTimeoutMillis: connecting,
      keepAlive: true,
      keepAliveInitialDelayMillis: 2000,
      stream: () => socket,
    });
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    client.on('error', lost.reject);
    const timer = setTimeout(() => lost.reject(new Error('the database does not answer')), connecting + patience);
    try {
      await Promise.race([client.connect().then(() => client.query(preparation)), lost.promise]);
      return new Session(client, socket, events);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws Error of the database; and when the connection is lost, which it is then where there was no answer */
  query<Row extends QueryResultRow>(statement: string, values: readonly unknown[] = []): Promise<Row[]> {
    const answer = this.#last.then(() => this.#ask<Row>(statement, values));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    clearInterval(this.#probe);
    this.#over ??= new Error('the connection is closed');
    // The goodbye is not waited for.
    void this.#client.end().catch(() => undefined);
    setTimeout(() => this.#socket.destroy(), patience).unref();
  }

  async #ask<Row extends QueryResultRow>(statement: string, values: readonly unknown[]): Promise<Row[]> {
    if (this.#over) throw this.#over;
    const silent = new Error(`the database has not answered for ${patience / 1000} seconds`);
    const timer = setTimeout(() => this.#socket.destroy(silent), patience);
    try {
      const { rows } = await this.#client.query<Row>(statement, [...values]);
      this.#answered = performance.now();
      return rows;
    } finally {
      clearTimeout(timer);
    }
  }
}
