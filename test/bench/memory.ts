/** Memory of processes, as Linux tells it: their own, and pages of files, which the system can take back at any time. */
import { readFileSync } from 'node:fs';

export interface Memory {
  /** Bytes that no file holds. */
  readonly own: number;
  /** Bytes of files that are mapped: weights read where they lie, and programs. */
  readonly files: number;
}

/** Why there is no figure where the system does not tell it. */
export const notTold = 'memory is told by Linux alone';

/** Undefined where the process is gone, or the system does not tell. */
export function memoryOf(pid: number): Memory | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const bytes = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    return { own: bytes('RssAnon'), files: bytes('RssFile') + bytes('RssShmem') };
  } catch {
    return undefined;
  }
}

export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Looks at processes until it is disposed of: what they had at the most, each by itself. */
export class MemoryWatch implements Disposable {
  readonly #pids: () => readonly number[];
  readonly #timer: NodeJS.Timeout;
  #own = 0;
  #files = 0;

  /** @param pids asked for at every look @param interval milliseconds */
  constructor(pids: () => readonly number[], interval = 10) {
    this.#pids = pids;
    this.#timer = setInterval(() => this.#look(), interval);
  }

  /** Of the largest of them. Undefined where none was seen. */
  get peak(): Memory | undefined {
    this.#look();
    return this.#own === 0 ? undefined : { own: this.#own, files: this.#files };
  }

  #look(): void {
    for (const pid of this.#pids()) {
      const { own = 0, files = 0 } = memoryOf(pid) ?? {};
      this.#own = Math.max(this.#own, own);
      this.#files = Math.max(this.#files, files);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
