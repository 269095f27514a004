/** What is stored of many runs, each kind of it in one query. */
import { setImmediate } from 'node:timers/promises';
import { decode } from './encoding.ts';
import type { Prisma } from './generated/client.ts';
import { type Part, storedEvent } from './rows.ts';
import type { Transactions } from './transactions.ts';
import type { RunStep } from './types.ts';

/** Runs that one query is asked for: SQLite takes so many values at once with ease. */
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

export type StoredParts = ReadonlyMap<string, Omit<Part, 'name'>>;

export class ManyRuns {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** Of each run those of these parts that are there, by their names. @param ids at most `mostAtOnce` */
  async parts(ids: readonly string[], names: readonly string[]): Promise<Map<string, StoredParts>> {
    const rows = await this.#transactions.read((database) =>
      database.part.findMany({ where: { runId: { in: [...ids] }, name: { in: [...names] } } }),
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
      database.event.findMany({ where: { runId: { in: [...ids] }, type } }),
    );
    return new Map(
      rows.map((row) => [row.runId, storedEvent(row).step as Extract<RunStep, { type: typeof type }>] as const),
    );
  }

  /** Rows of sweeps that these runs answer, oldest sweep first. @param ids at most `mostAtOnce` */
  async rowsOf(ids: readonly string[]): Promise<AnsweredRow[]> {
    const rows = await this.#transactions.read((database) =>
      database.sweepRow.findMany({
        where: { runId: { in: [...ids] } },
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
    for (const id of sweepId === undefined ? await this.#sweepIds() : [sweepId])
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

  async #sweepIds(): Promise<string[]> {
    const rows = await this.#transactions.read((database) =>
      database.sweep.findMany({ select: { id: true }, orderBy: { id: 'asc' } }),
    );
    return rows.map(({ id }) => id);
  }
}

const select = { sweepId: true, index: true, slots: true, runId: true } as const;

function answeredRow({ runId, slots, ...row }: Prisma.SweepRowGetPayload<{ select: typeof select }>): AnsweredRow[] {
  return runId === null ? [] : [{ ...row, runId, slots: JSON.parse(slots) as AnsweredRow['slots'] }];
}
