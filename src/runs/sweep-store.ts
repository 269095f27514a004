/** Sweeps in the database: what was asked for, row by row, and what has become of it. */
import { TributaryError } from '../errors.ts';
import { type AnsweredQuestion, type Placed, putAnswered } from './answered-runs.ts';
import type { ChangeLog } from './change-log.ts';
import type { ExperimentStore } from './experiment-store.ts';
import type { Prisma } from './generated/client.ts';
import type { Page } from './page.ts';
import { Signals } from './signals.ts';
import {
  type EndedRow,
  type FailedRow,
  type SweepRecord,
  type SweepRowRecord,
  type SweepRowStatus,
  type SweepStatus,
  sweepRecord,
  sweepRowRecord,
  withOwner,
} from './sweep-record.ts';
import { type Transaction, type Transactions, type Written, writtenOf } from './transactions.ts';

/** Of a sweep whose rows are not all there: nobody sees it. */
const storing = 'STORING';

export interface SweepStoreParts {
  readonly transactions: Transactions;
  readonly experiments: ExperimentStore;
  /** The clock. */
  readonly now: () => Date;
  /** Gives ids, each greater than those before. */
  readonly newId: () => string;
  /** Is told of runs that were stored, and of those that have joined an experiment. */
  readonly changes: ChangeLog;
  /** Of several servers, the id of this one; null: there is no other. */
  readonly member: () => string | null;
}

/** Rows that are stored: what stands in their slots, and the question. */
export interface NewSweepRow {
  readonly slots: Readonly<Record<string, string>>;
  readonly request: unknown;
}

/** Rows that ask the same question, with its answer. */
export interface AnsweredRows {
  readonly rows: readonly number[];
  readonly answer: AnsweredQuestion;
}

export class SweepStore {
  /** Are woken with the id of a sweep when its rows have changed, or its status. */
  readonly signals = new Signals();
  readonly #parts: SweepStoreParts;

  constructor(parts: SweepStoreParts) {
    this.#parts = parts;
  }

  /** Do other servers share the database? */
  get isShared(): boolean {
    return this.#parts.member() !== null;
  }

  /** An id for a run that is asked for now, greater than all before. */
  newRunId(): string {
    return this.#parts.newId();
  }

  /**
   * A sweep without rows, which nobody sees before it is launched.
   * @param experiment a name; the experiment is made where it is not there
   * @param owner of the experiment
   * @returns its id
   */
  async begin(experiment: string, request: unknown, owner = ''): Promise<string> {
    const { transactions, experiments, newId, now, member } = this.#parts;
    const [id, createdAt] = [newId(), now()];
    await transactions.write(async (transaction) => {
      const { id: experimentId } = await experiments.named(transaction, experiment, createdAt, owner);
      const own = { server: member(), status: storing, createdAt };
      const data = { ...own, id, experimentId, request: JSON.stringify(request), rowCount: 0 };
      await transaction.sweep.createMany({ data });
    });
    return id;
  }

  /** @param from the index of the first of them @throws TributaryError CANCELLED where the experiment was deleted meanwhile */
  async addRows(sweepId: string, from: number, rows: readonly NewSweepRow[]): Promise<void> {
    const status: SweepRowStatus = 'PENDING';
    const cells = rows.map(({ slots, request }, index) => [
      ...[sweepId, from + index, status, JSON.stringify(slots), JSON.stringify(request)],
      false,
    ]);
    const columns = ['sweepId', 'index', 'status', 'slots', 'request', 'found'];
    const { transactions } = this.#parts;
    await transactions.write(async (transaction) => {
      await requireSweep(transaction, sweepId);
      await transactions.dialect.insertRows(transaction, 'SweepRow', columns, cells);
    });
  }

  /** Its rows are all there. @throws TributaryError as `addRows` */
  async launch(id: string, rowCount: number): Promise<SweepRecord> {
    const status: SweepStatus = 'RUNNING';
    const row = await this.#parts.transactions.write(async (transaction) => {
      await requireSweep(transaction, id);
      return transaction.sweep.update({ where: { id }, data: { status, rowCount }, include: withOwner });
    });
    return sweepRecord(row);
  }

  /** Of one whose rows are not all there, whatever there is; without an id, of all those that a process left behind. */
  async drop(id?: string): Promise<void> {
    const living = await this.#living();
    const left = { OR: [{ server: null }, { server: { notIn: living } }] };
    const where = { status: storing, ...(id !== undefined ? { id } : left) };
    await this.#parts.transactions.writeOne((database) => database.sweep.deleteMany({ where }));
  }

  /** Those under way that no server carries out: from now on they are this one's. */
  async claim(): Promise<SweepRecord[]> {
    const { transactions, member } = this.#parts;
    const living = await this.#living();
    const claimed: SweepRecord[] = [];
    for (const sweep of await this.running()) {
      const { id } = sweep;
      const left = { id, OR: [{ server: null }, { server: { notIn: living } }] };
      const { count } = await transactions.writeOne((database) =>
        database.sweep.updateMany({ where: left, data: { server: member() } }),
      );
      if (count > 0) claimed.push(sweep);
    }
    return claimed;
  }

  /** Is a sweep carried out by another server? */
  async isElsewhere(id: string): Promise<boolean> {
    const own = this.#parts.member();
    const server = { in: (await this.#living()).filter((living) => living !== own) };
    const status: SweepStatus = 'RUNNING';
    const where = { id, status, server };
    return (await this.#parts.transactions.read((database) => database.sweep.count({ where }))) > 0;
  }

  async find(id: string): Promise<SweepRecord | undefined> {
    const row = await this.#parts.transactions.read((database) =>
      database.sweep.findUnique({ where: { id, NOT: { status: storing } }, include: withOwner }),
    );
    return row ? sweepRecord(row) : undefined;
  }

  /** Of an experiment, newest first; from the end of the list where the page is inverted. */
  async list(experimentId: string, { limit, after, before, inverted = false }: Page<string>): Promise<SweepRecord[]> {
    const id = { ...(after !== undefined && { lt: after }), ...(before !== undefined && { gt: before }) };
    const rows = await this.#parts.transactions.read((database) =>
      database.sweep.findMany({
        where: { experimentId, NOT: { status: storing }, id },
        orderBy: { id: inverted ? 'asc' : 'desc' },
        take: limit,
        include: withOwner,
      }),
    );
    return rows.map(sweepRecord);
  }

  /** Those that are under way, in the order in which they were asked for. */
  async running(): Promise<SweepRecord[]> {
    const status: SweepStatus = 'RUNNING';
    const rows = await this.#parts.transactions.read((database) =>
      database.sweep.findMany({ where: { status }, orderBy: { id: 'asc' }, include: withOwner }),
    );
    return rows.map(sweepRecord);
  }

  /** In their order; from the last one back where the page is inverted. */
  rows(
    sweepId: string,
    { limit, after, before, inverted = false }: Page<number>,
    statuses?: readonly SweepRowStatus[],
  ): Promise<SweepRowRecord[]> {
    const index = { ...(after !== undefined && { gt: after }), ...(before !== undefined && { lt: before }) };
    return this.#rows({
      where: { sweepId, index, ...(statuses && { status: { in: [...statuses] } }) },
      orderBy: { index: inverted ? 'desc' : 'asc' },
      take: limit,
    });
  }

  /** Those of these indices, in no order. */
  rowsAt(sweepId: string, indices: readonly number[]): Promise<SweepRowRecord[]> {
    return this.#rows({ where: { sweepId, index: { in: [...indices] } } });
  }

  /** Rows whose question has a run that answers it already, or has one by now. */
  async link(sweepId: string, rows: readonly EndedRow[]): Promise<void> {
    const joined = await this.#write(
      sweepId,
      (transaction) => this.#putEnds(transaction, sweepId, rows),
      (joined) => writtenOf(joined, 'labels'),
    );
    for (const id of joined) this.#parts.changes.note(id, 'labels');
  }

  /**
   * Stores answers as runs, which then belong to the experiment, and ends the rows that asked for them: all of that or nothing.
   * @returns what has become of each answer, in their order; rows whose question has a run under way are left
   */
  async answer(sweepId: string, answered: readonly AnsweredRows[]): Promise<Placed[]> {
    const { now, changes, transactions } = this.#parts;
    const { placed, written } = await this.#write(
      sweepId,
      async (transaction) => {
        // The experiment may have been deleted, with its sweeps.
        const sweep = await transaction.sweep.findUnique({ where: { id: sweepId }, select: withOwner });
        if (!sweep) return { placed: [], written: [] };
        const answers = answered.map(({ answer }) => answer);
        const placed = await putAnswered(transaction, transactions.dialect, answers, now(), sweep.experiment.owner);
        const ended = placed.flatMap(({ id, how }, index) => {
          const rows = how === 'UNDER_WAY' ? [] : (answered[index]?.rows ?? []);
          return rows.map((row, place) => ({ index: row, runId: id, found: how === 'FOUND' || place > 0 }));
        });
        const joined = await this.#putEnds(transaction, sweepId, ended);
        const stored = new Set(placed.flatMap(({ id, how }) => (how === 'STORED' ? [id] : [])));
        return {
          placed,
          written: [
            ...writtenOf(stored, 'status'),
            ...writtenOf(
              joined.filter((id) => !stored.has(id)),
              'labels',
            ),
          ],
        };
      },
      ({ written }) => written,
    );
    for (const { run, what } of written) changes.note(run, what);
    return placed;
  }

  /** Rows that have no answer, and why. */
  async fail(sweepId: string, rows: readonly FailedRow[]): Promise<void> {
    const failures = JSON.stringify(
      rows.map(({ index, code, message }) => [sweepId, index, code, message.toWellFormed()]),
    );
    const { cell, listed } = this.#parts.transactions.dialect;
    await this.#write(sweepId, async (transaction) => {
      const failed = await transaction.$executeRaw`
        UPDATE "SweepRow" SET "status" = 'FAILED', "errorCode" = ${cell(2)}, "errorMessage" = ${cell(3)}
        FROM ${listed(failures)}
        WHERE "sweepId" = ${cell(0)} AND "index" = ${cell(1, 'integer')} AND "status" = 'PENDING'`;
      await transaction.sweep.updateMany({ where: { id: sweepId }, data: { failed: { increment: failed } } });
    });
  }

  /** Ends a sweep that is under way. @returns whether it was */
  async end(id: string, status: Exclude<SweepStatus, 'RUNNING'>): Promise<boolean> {
    const running: SweepStatus = 'RUNNING';
    const { count } = await this.#write(id, (transaction) =>
      transaction.sweep.updateMany({
        where: { id, status: running },
        data: { status, finishedAt: this.#parts.now() },
      }),
    );
    return count > 0;
  }

  /** Has a sweep that is over go on. @param failed whether rows that failed are asked again */
  async reopen(id: string, failed: boolean): Promise<void> {
    const [running, pending]: [SweepStatus, SweepRowStatus] = ['RUNNING', 'PENDING'];
    await this.#write(id, async (transaction) => {
      const again = { status: pending, errorCode: null, errorMessage: null };
      if (failed) await transaction.sweepRow.updateMany({ where: { sweepId: id, status: 'FAILED' }, data: again });
      await transaction.sweep.updateMany({
        where: { id },
        data: { status: running, server: this.#parts.member(), finishedAt: null, ...(failed && { failed: 0 }) },
      });
    });
  }

  /** Ids of the servers that are there, this one among them; none where there are no others. */
  async #living(): Promise<string[]> {
    if (this.#parts.member() === null) return [];
    const where = { seenAt: { gt: new Date(0) } };
    const rows = await this.#parts.transactions.read((database) =>
      database.member.findMany({ where, select: { id: true } }),
    );
    return rows.map(({ id }) => id);
  }

  async #rows(query: Prisma.SweepRowFindManyArgs): Promise<SweepRowRecord[]> {
    const rows = await this.#parts.transactions.read((database) => database.sweepRow.findMany(query));
    return rows.map(sweepRowRecord);
  }

  /** Runs that were deleted meanwhile answer nothing: their rows stay as they are. @returns runs that were not in the experiment before */
  async #putEnds(transaction: Transaction, sweepId: string, rows: readonly EndedRow[]): Promise<string[]> {
    const ends = JSON.stringify(rows.map(({ index, runId, found }) => [sweepId, index, runId, found ? 1 : 0]));
    const { cell, listed, moment } = this.#parts.transactions.dialect;
    const at = moment(this.#parts.now());
    // The id of the sweep comes out of the list as well: given by itself, SQLite would look through all of its rows that are left.
    const ended = await transaction.$queryRaw<{ found: boolean | number }[]>`
      UPDATE "SweepRow" SET "status" = 'DONE', "runId" = ${cell(2)}, "found" = ${cell(3, 'boolean')}
      FROM ${listed(ends)}
      WHERE "sweepId" = ${cell(0)} AND "index" = ${cell(1, 'integer')} AND "status" = 'PENDING'
        AND EXISTS (SELECT 1 FROM "Run" WHERE "id" = ${cell(2)})
      RETURNING "found"`;
    const joined = await transaction.$queryRaw<{ runId: string }[]>`
      INSERT INTO "ExperimentRun" ("experimentId", "runId", "addedAt")
      SELECT "Sweep"."experimentId", "Run"."id", ${at}
      FROM ${listed(ends)}, "Sweep", "Run"
      WHERE "Sweep"."id" = ${sweepId} AND "Run"."id" = ${cell(2)}
      ON CONFLICT DO NOTHING
      RETURNING "runId"`;
    const found = ended.filter((row) => row.found).length;
    const data = { done: { increment: ended.length }, found: { increment: found } };
    await transaction.sweep.updateMany({ where: { id: sweepId }, data });
    return joined.map(({ runId }) => runId);
  }

  /** @param written what others are to be told of besides the sweep */
  async #write<Result>(
    sweepId: string,
    work: (transaction: Transaction) => Promise<Result>,
    written: (result: Result) => readonly Written[] = () => [],
  ): Promise<Result> {
    const result = await this.#parts.transactions.write(work, (result) => [{ sweep: sweepId }, ...written(result)]);
    this.signals.wake(sweepId);
    return result;
  }
}

/** Its experiment may have been deleted, and it with that. */
async function requireSweep(transaction: Transaction, id: string): Promise<void> {
  if ((await transaction.sweep.count({ where: { id } })) > 0) return;
  throw new TributaryError('CANCELLED', 'The experiment of the sweep was deleted while its rows were stored');
}
