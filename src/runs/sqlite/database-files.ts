/** Whether the files of a database are those that were opened: what is written into deleted ones is lost. */
import { accessSync, constants, statSync } from 'node:fs';
import { movedSign } from './storage-fault.ts';

/** Something that a database must not lose while it is written. */
export interface Verified {
  /** A few microseconds. @throws Error of a kind that `storageFaultOf` knows, when it is lost */
  verify(): void;
}

/** Of the file, and of SQLite's files beside it, which come and go with the connection. */
const suffixes = ['', '-wal', '-shm'] as const;

export class DatabaseFiles implements Verified {
  readonly #path: string;
  readonly #identities = new Map<(typeof suffixes)[number], string>();

  constructor(path: string) {
    this.#path = path;
  }

  /** To be called when the connection has done something: by then its files are there. */
  remember(): void {
    if (this.#identities.size === suffixes.length) return;
    for (const suffix of suffixes) {
      const identity = identityOf(this.#path + suffix);
      if (identity && !this.#identities.has(suffix)) this.#identities.set(suffix, identity);
    }
  }

  /** To be called when the connection is given up, with which SQLite may remove the files beside the database. */
  forgetCompanions(): void {
    this.#identities.delete('-wal');
    this.#identities.delete('-shm');
  }

  /** May the database be written, as far as the system is concerned? */
  get writable(): boolean {
    try {
      accessSync(this.#path, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  /** Are files beside the database gone, with nothing in their place? What the log holds can be put into the database then. */
  get lostLog(): boolean {
    const states = suffixes.map((suffix) => [this.#identities.get(suffix), identityOf(this.#path + suffix)] as const);
    const [[opened, database] = [], ...companions] = states;
    return database === opened && companions.every(([known, now]) => now === undefined || now === known);
  }

  verify(): void {
    for (const [suffix, identity] of this.#identities) {
      const path = this.#path + suffix;
      if (identityOf(path) !== identity) throw moved(`${path} is not the file that was opened`);
    }
  }
}

/** In Prisma's driver adapters an error of the database is one with a code. */
export function moved(message: string, cause?: unknown): Error {
  return Object.assign(new Error(`${movedSign}: ${message}`, { cause }), { code: movedSign });
}

/** @returns undefined when there is no such file */
export function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev} ${stats.ino}`;
}

/** Of a URL as of `openDatabase`. */
export function fileOf(url: string): string {
  return decodeURIComponent(url.replace(/^file:/, '').replace(/[?#].*$/, ''));
}
