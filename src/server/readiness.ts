/** Whether the server can answer and store, as `/ready` tells and as the log says once whenever it changes. */
import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Housekeeping } from '../runs/housekeeping.ts';

/** Milliseconds between two looks at the database when nobody asks. */
const interval = 1000;

/** Milliseconds for which the size of the database is taken to be what it was. */
const sizeLasts = 5000;

/** Milliseconds after which whoever asks is told that the database does not answer, as while it waits for a lock. */
const patience = 2000;

export class Readiness implements Disposable {
  readonly #housekeeping: Pick<Housekeeping, 'fault' | 'fileSize'>;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #checking: Promise<string | undefined> | undefined;
  /** What the log says. */
  #logged: string | undefined;
  #over = false;
  #databaseBytes: number | undefined;
  /** When that was so, in milliseconds of `performance.now()`. */
  #sizedAt = Number.NEGATIVE_INFINITY;

  constructor(housekeeping: Pick<Housekeeping, 'fault' | 'fileSize'>, log: Logger) {
    this.#housekeeping = housekeeping;
    this.#log = log;
    this.#timer = setInterval(() => void this.#check(), interval).unref();
  }

  /** Why the server is not ready, without a word on its files; undefined when it is. */
  async reason(): Promise<string | undefined> {
    if (this.#over) return 'the server is shutting down';
    const answered = new AbortController();
    const late = setTimeout(patience, 'the database does not answer in time', { signal: answered.signal, ref: false });
    try {
      return await Promise.race([this.#check(), late]);
    } finally {
      late.catch(() => undefined);
      answered.abort();
    }
  }

  /** Bytes of the database's file, some seconds ago; undefined until that could be asked. */
  get databaseBytes(): number | undefined {
    return this.#databaseBytes;
  }

  [Symbol.dispose](): void {
    this.#over = true;
    clearInterval(this.#timer);
  }

  /** All who ask meanwhile share one attempt. */
  #check(): Promise<string | undefined> {
    this.#checking ??= this.#try().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #try(): Promise<string | undefined> {
    const fault = await this.#housekeeping.fault();
    if (!fault && performance.now() >= this.#sizedAt + sizeLasts) await this.#measure();
    if (this.#logged === fault?.reason || this.#over) return fault?.reason;
    this.#logged = fault?.reason;
    if (fault) this.#log.error({ reason: fault.reason }, `nothing can be stored, for ${fault.reason}: ${fault.advice}`);
    else this.#log.info('the database works again');
    return fault?.reason;
  }

  async #measure(): Promise<void> {
    this.#sizedAt = performance.now();
    // What keeps it from being read is told as a fault, the next time.
    this.#databaseBytes = (await this.#housekeeping.fileSize().catch(() => undefined))?.bytes ?? this.#databaseBytes;
  }
}
