/** Drops files of rows that nobody uses. A sweep has its rows of its own from its start on. */
import type { Logger } from 'pino';
import type { UploadStore } from '../runs/upload-store.ts';

const hour = 3_600_000;

export class UploadRetention implements Disposable {
  readonly #uploads: Pick<UploadStore, 'dropUnfinished' | 'dropUnused'>;
  readonly #kept: number;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;

  /** @param kept milliseconds for which one is kept since it was sent, or last asked for */
  constructor(uploads: Pick<UploadStore, 'dropUnfinished' | 'dropUnused'>, kept: number, log: Logger) {
    this.#uploads = uploads;
    this.#kept = kept;
    this.#log = log;
    this.#timer = setInterval(() => void this.#drop(), hour).unref();
  }

  /** Before any is taken. */
  async start(): Promise<void> {
    await this.#uploads.dropUnfinished();
    await this.#drop();
  }

  async #drop(): Promise<void> {
    try {
      await this.#uploads.dropUnused(new Date(Date.now() - this.#kept));
    } catch (error) {
      this.#log.warn(
        { err: error },
        'files of rows that nobody uses could not be dropped; it is tried again in an hour',
      );
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
