/** A sweep before it begins: its rows are stored, and it is seen whether any of them can be asked. */
import { setImmediate } from 'node:timers/promises';
import { TributaryError } from '../../errors.ts';
import type { SweepRecord } from '../../runs/sweep-record.ts';
import type { SweepStore } from '../../runs/sweep-store.ts';
import type { AskRow, PlannedRow } from './row.ts';

/** Rows that are stored in one transaction. */
const chunk = 500;

/** Nobody sees them before the sweep is launched, nor the sweep. */
export class StoredRows {
  readonly #store: SweepStore;
  readonly #experiment: string;
  readonly #request: unknown;
  readonly #owner: string;
  #id: string | undefined;
  #waiting: PlannedRow[] = [];
  #count = 0;

  /** @param experiment a name; the experiment is made with the first rows where it is not there */
  constructor(store: SweepStore, experiment: string, request: unknown, owner: string) {
    this.#store = store;
    this.#experiment = experiment;
    this.#request = request;
    this.#owner = owner;
  }

  async add(row: PlannedRow): Promise<void> {
    if (this.#waiting.push(row) === chunk) await this.#flush();
  }

  async launch(): Promise<SweepRecord> {
    const id = await this.#flush();
    return this.#store.launch(id, this.#count);
  }

  async drop(): Promise<void> {
    if (this.#id !== undefined) await this.#store.drop(this.#id);
  }

  /** @returns the id of the sweep */
  async #flush(): Promise<string> {
    this.#id ??= await this.#store.begin(this.#experiment, this.#request, this.#owner);
    const rows = this.#waiting;
    this.#waiting = [];
    if (rows.length > 0) await this.#store.addRows(this.#id, this.#count, rows);
    this.#count += rows.length;
    // Others have a turn: storing and reading rows are work of the thread that serves everybody.
    await setImmediate();
    return this.#id;
  }
}

/** Whether any row can be asked: the first that can is looked for, and no further. */
export class Askable {
  readonly #ask: AskRow;
  #found = false;
  #first: unknown;

  constructor(ask: AskRow) {
    this.#ask = ask;
  }

  async check({ request }: PlannedRow): Promise<void> {
    if (this.#found) return;
    try {
      await this.#ask(request);
      this.#found = true;
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      this.#first ??= error;
    }
  }

  /** @throws TributaryError as the first row, where none can be asked */
  require(): void {
    if (!this.#found) throw this.#first;
  }
}
