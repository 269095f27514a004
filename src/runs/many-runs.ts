/** What is stored of many runs, read at once. */

import { setImmediate } from 'node:timers/promises';
import { type Access, answersOf, everybody, ownedBy, reached } from './access.ts';
import { aggregatesOf, type RunAggregates } from './aggregates.ts';
import { decode } from './encoding.ts';
import type { Prisma } from './generated/client.ts';
import { type Part, storedEvent } from './rows.ts';
import { admits, type RunFilter } from './run-filter.ts';
import { runRecord } from './run-record.ts';
import type { Transactions } from './transactions.ts';
import type { RunRecord, RunStatus, RunStep } from './types.ts';

/** Runs that one query is asked for: Prisma passes SQLite fewer than a thousand values. */
export const mostAtOnce = 500;

/** A row of a sweep that has been answered. */
export interface AnsweredRow {
  readonly sweepId: string;
  /** Its place in the sweep, from 0. */
  readonly index: number;
  /** What stands in the slots of the template: name → text. */
  readonly slots: Readonly<Record<string, string>>;
  readonly runId: string;
}

/** What a slot of a template has in it. */
export interface SlotText {
  readonly name: string;
  readonly value: string;
}

/** How far a run is, and what there is of its answer: the counts of its parts by their names. */
export interface Standing {
  readonly id: string;
  readonly status: RunStatus;
  readonly parts: ReadonlyMap<string, number>;
}

export type StoredParts = ReadonlyMap<string, Omit<Part, 'name'>>;

export class ManyRuns {
  readonly #transactions: Transactions;
  readonly #access: Access;

  /** @param access whose runs are read, and whose sweeps */
  constructor(transactions: Transactions, access: Access = everybody) {
    this.#transactions = transactions;
    this.#access = access;
  }

  /** The same of what others reach. */
  of(access: Access): ManyRuns {
    return new ManyRuns(this.#transactions, access);
  }

  /** Figures of all runs that a filter admits. */
  aggregates(filter: RunFilter): Promise<RunAggregates> {
    const { dialect } = this.#transactions;
    return this.#transactions.read((database) => aggregatesOf(database, dialect, reached(filter, this.#access)));
  }

  /** Those of these runs that a filter admits, in no order; those that are shared too. @param ids at most `mostAtOnce` */
  async among(ids: readonly string[], filter: RunFilter): Promise<RunRecord[]> {
    if (ids.length === 0) return [];
    const { experiment: name, experimentOwner: owner = this.#access.owner } = filter;
    const joined = typeof name === 'string' && { experiments: { some: { experiment: { owner, name } } } };
    const where = { id: { in: [...ids] }, ...joined, ...this.#readable };
    const rows = await this.#transactions.read((database) => database.run.findMany({ where }));
    return rows.filter((row) => admits(filter, row)).map(runRecord);
  }

  /** Of these questions, by their content hash, the run of an owner that answers each, or may yet. */
  async standing(contentHashes: readonly string[], owner = this.#access.owner): Promise<ReadonlyMap<string, Standing>> {
    const answers = contentHashes.map((hash) => answersOf(hash, owner));
    const rows = await this.#transactions.read((database) =>
      database.run.findMany({
        where: { answers: { in: answers } },
        select: { id: true, contentHash: true, status: true, parts: { select: { name: true, count: true } } },
      }),
    );
    return new Map(
      rows.map(({ id, contentHash, status, parts }) => [
        contentHash,
        { id, status: status as RunStatus, parts: new Map(parts.map(({ name, count }) => [name, count])) },
      ]),
    );
  }

  /** Of each run those of these parts that are there, by their names. @param ids at most `mostAtOnce` */
  async parts(ids: readonly string[], names: readonly string[]): Promise<Map<string, StoredParts>> {
    const rows = await this.#transactions.read((database) =>
      database.part.findMany({
        where: { runId: { in: [...ids] }, name: { in: [...names] }, ...this.#ofReadable },
      }),
    );
    const byRun = new Map<string, Map<string, Omit<Part, 'name'>>>();
    for (const { runId, name, count, payload, arrays } of rows) {
      const parts = byRun.get(runId) ?? new Map();
      byRun.set(runId, parts.set(name, { count, value: decode({ payload, arrays }) }));
    }
    return byRun;
  }

  /** What each run told as it was completed. @param ids at most `mostAtOnce` */
  async completions(ids: readonly string[]): Promise<Map<string, Extract<RunStep, { type: 'COMPLETED' }>>> {
    const type = 'COMPLETED';
    const rows = await this.#transactions.read((database) =>
      database.event.findMany({ where: { runId: { in: [...ids] }, type, ...this.#ofReadable } }),
    );
    return new Map(
      rows.map((row) => [row.runId, storedEvent(row).step as Extract<RunStep, { type: typeof type }>] as const),
    );
  }

  /** Rows of sweeps that these runs answer, oldest sweep first. @param ids at most `mostAtOnce` */
  async rowsOf(ids: readonly string[]): Promise<AnsweredRow[]> {
    const rows = await this.#transactions.read((database) =>
      database.sweepRow.findMany({
        where: { runId: { in: [...ids] }, ...this.#ofOwnSweeps },
        select,
        orderBy: [{ sweepId: 'asc' }, { index: 'asc' }],
      }),
    );
    return rows.flatMap(answeredRow);
  }

  /**
   * Rows of a sweep, or of any, that runs answer and that have these texts in their slots; oldest sweep first. They are
   * looked for a stretch at a time: SQLite does so in the thread that serves everybody.
   * @param most how many are enough
   */
  async rowsWith(slots: readonly SlotText[], sweepId: string | undefined, most: number): Promise<AnsweredRow[]> {
    const found: AnsweredRow[] = [];
    for (const id of await this.#sweepIds(sweepId))
      for (let from = 0, more = true; more; await setImmediate()) {
        const rows = await this.#stretchOf(id, from);
        found.push(...rows.filter((row) => slots.every(({ name, value }) => row.slots[name] === value)));
        if (found.length >= most) return found.slice(0, most);
        from = (rows.at(-1)?.index ?? 0) + 1;
        more = rows.length === mostAtOnce;
      }
    return found;
  }

  async #stretchOf(sweepId: string, from: number): Promise<AnsweredRow[]> {
    const where = { sweepId, index: { gte: from }, runId: { not: null } };
    const rows = await this.#transactions.read((database) =>
      database.sweepRow.findMany({ where, select, orderBy: { index: 'asc' }, take: mostAtOnce }),
    );
    return rows.flatMap(answeredRow);
  }

  /** All, or this one. */
  async #sweepIds(id?: string): Promise<string[]> {
    const { sweep } = this.#ofOwnSweeps;
    const where = { ...(id !== undefined && { id }), ...sweep };
    const rows = await this.#transactions.read((database) =>
      database.sweep.findMany({ where, select: { id: true }, orderBy: { id: 'asc' } }),
    );
    return rows.map((row) => row.id);
  }

  get #readable(): Prisma.RunWhereInput {
    const { all, owner } = this.#access;
    return all ? {} : { OR: [{ owner }, { shared: true }] };
  }

  get #ofReadable(): { run?: Prisma.RunWhereInput } {
    return this.#access.all ? {} : { run: this.#readable };
  }

  get #ofOwnSweeps(): { sweep?: Prisma.SweepWhereInput } {
    return this.#access.all ? {} : { sweep: { experiment: ownedBy(this.#access) } };
  }
}

const select = { sweepId: true, index: true, slots: true, runId: true } as const;

function answeredRow({ runId, slots, ...row }: Prisma.SweepRowGetPayload<{ select: typeof select }>): AnsweredRow[] {
  return runId === null ? [] : [{ ...row, runId, slots: JSON.parse(slots) as AnsweredRow['slots'] }];
}
