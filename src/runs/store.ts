/** Runs in the database. Every write goes through here, one after the other. */
import { TributaryError } from '../errors.ts';
import { ChangeLog } from './change-log.ts';
import { decode, encode } from './encoding.ts';
import { lost } from './ending.ts';
import { EventCache } from './event-cache.ts';
import { placeOf, withFigures } from './figures.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import type { EventPage, RunPage } from './page.ts';
import { conditionsOf, hasPrompt, type RunFilter, searchable } from './run-filter.ts';
import { RunIds } from './run-ids.ts';
import { runRecord } from './run-record.ts';
import { listed } from './run-search.ts';
import { tryRoom } from './sqlite/database.ts';
import { lockPatience, patiently } from './sqlite/patience.ts';
import { type StorageFault, storageFaultOf } from './sqlite/storage-fault.ts';
import {
  isOver,
  type Question,
  type RunRecord,
  type RunStatus,
  type RunStep,
  type StoredEvent,
  type Subject,
  statusAfter,
} from './types.ts';

/** A stored part of an attribution's answer. */
export interface Part {
  readonly name: string;
  /** How many were asked for, of a part that is a list of the strongest; 0 of the others. */
  readonly count: number;
  readonly value: unknown;
}

type Transaction = Prisma.TransactionClient;

const over = { in: ['COMPLETED', 'FAILED', 'CANCELLED'] satisfies RunStatus[] };

export class RunStore {
  /** Of every run that is written, once it is. */
  readonly changes = new ChangeLog();
  readonly #database: PrismaClient;
  readonly #now: () => Date;
  readonly #patience: number;
  readonly #ids: RunIds;
  /** The last write. SQLite has one writer, and a transaction that meets another one's lock can poison the client. */
  #writing: Promise<unknown> = Promise.resolve();
  readonly #events = new EventCache();

  /** Has a write failed, and no large one gone through since? Small ones find room that others do not. */
  #inDoubt = false;

  /**
   * @param now the clock
   * @param patience milliseconds that a read or write waits for the lock of another process, its turn included
   */
  constructor(database: PrismaClient, now: () => Date = () => new Date(), patience = lockPatience) {
    this.#database = database;
    this.#now = now;
    this.#patience = patience;
    this.#ids = new RunIds(now);
  }

  /** An id for a new run, greater than all before. */
  newId(): string {
    return this.#ids.next();
  }

  /**
   * The run that answers a question, or a new one in the queue. A run that failed answers nothing, nor does one that is
   * neither over nor under way, since its end could not be stored: it gets one now. That there is one run for many who
   * ask at once follows from the order of writes; the unique column says it to other processes too. One that is there is
   * found without a write, and so where nothing can be written.
   */
  async findOrCreate(
    id: string,
    subject: Subject,
    question: Question,
    contentHash: string,
    isUnderWay: (runId: string) => boolean,
  ): Promise<{ run: RunRecord; created: boolean }> {
    const find = async (database: Transaction) => {
      const row = await database.run.findUnique({ where: { answers: contentHash } });
      return row ? runRecord(row) : undefined;
    };
    const answers = ({ status, id }: RunRecord) => isOver(status) || isUnderWay(id);
    const there = await this.#read(() => find(this.#database));
    if (there && answers(there)) return { run: there, created: false };
    let ended: string | undefined;
    const found = await this.#write(async (transaction) => {
      const known = await find(transaction);
      if (known && answers(known)) return { run: known, created: false };
      if (known) await this.#put(transaction, known, [lost]);
      ended = known?.id;
      const data = {
        id,
        kind: question.kind,
        status: 'QUEUED' satisfies RunStatus,
        contentHash,
        answers: contentHash,
        modelName: subject.name,
        modelRevision: subject.revision,
        input: JSON.stringify(question.input),
        ...searchable(subject, question),
        createdAt: this.#now(),
      };
      return { run: runRecord(await transaction.run.create({ data })), created: true };
    });
    if (ended) {
      this.#events.renew(ended);
      this.changes.note(ended, 'status');
    }
    if (found.created) this.changes.note(found.run.id, 'status');
    return found;
  }

  /** Which of these questions has a run that answers it, or may yet. */
  async answered(contentHashes: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#read(() =>
      this.#database.run.findMany({ where: { answers: { in: [...contentHashes] } }, select: { contentHash: true } }),
    );
    return new Set(rows.map(({ contentHash }) => contentHash));
  }

  async find(id: string): Promise<RunRecord | undefined> {
    const row = await this.#read(() => this.#database.run.findUnique({ where: { id } }));
    return row ? runRecord(row) : undefined;
  }

  /** Newest first; from the end of the list where the page is inverted, then oldest first. */
  async list(page: RunPage, filter: RunFilter = {}): Promise<RunRecord[]> {
    const rows = await this.#read(() => listed(this.#database, page, filter));
    return rows.map(runRecord);
  }

  /** Those of these runs that a filter admits, in no order. */
  async among(ids: readonly string[], filter: RunFilter): Promise<RunRecord[]> {
    if (ids.length === 0) return [];
    const where = { ...conditionsOf(filter), id: { in: [...ids] } };
    const rows = await this.#read(() => this.#database.run.findMany({ where }));
    return rows.filter((row) => hasPrompt(row, filter)).map(runRecord);
  }

  async experiment(id: string) {
    return this.#read(() => this.#database.experiment.findUnique({ where: { id } }));
  }

  async experiments() {
    return this.#read(() => this.#database.experiment.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] }));
  }

  async started(id: string): Promise<void> {
    const { count } = await this.#write((transaction) =>
      transaction.run.updateMany({
        where: { id, status: 'QUEUED' },
        data: { status: 'RUNNING', startedAt: this.#now() },
      }),
    );
    if (count > 0) this.changes.note(id, 'status');
  }

  /**
   * Stores steps behind those that are there, in one transaction; the last may end the run. A run that is over takes no
   * more: a cancellation can meet the last step, and whoever has read that one was told that nothing follows.
   */
  async append(id: string, steps: readonly RunStep[]): Promise<void> {
    const taken = await this.#write(async (transaction) => {
      const run = await this.#unfinished(transaction, id);
      if (run) await this.#put(transaction, run, steps);
      return run;
    });
    this.#events.renew(id);
    const last = steps.at(-1);
    // Of one that has taken nothing there is nothing to tell; it may be deleted by now.
    if (taken && last) this.changes.note(id, statusAfter(last) ? 'status' : 'events');
  }

  /** The first event after `after`, if it is there. Shared by all who ask for it: nobody changes it. */
  async nextEvent(runId: string, after: number | undefined): Promise<StoredEvent | undefined> {
    const place = Math.max(after ?? -1, -1);
    return this.#events.read(runId, place, async () => (await this.events(runId, place, 1))[0]);
  }

  /** Up to `limit` events after `after` (all with undefined), in order. */
  async events(runId: string, after: number | undefined, limit: number): Promise<StoredEvent[]> {
    return this.eventPage(runId, { after, limit });
  }

  /** In order; from the last one back where the page is inverted. */
  async eventPage(runId: string, { limit, after, before, inverted = false }: EventPage): Promise<StoredEvent[]> {
    const rows = await this.#read(() =>
      this.#database.event.findMany({
        where: { runId, sequence: { gt: after ?? -1, ...(before !== undefined && { lt: before }) } },
        orderBy: { sequence: inverted ? 'desc' : 'asc' },
        take: limit,
      }),
    );
    return rows.map(({ sequence, at, type, payload, arrays }) => ({
      runId,
      seq: sequence,
      at,
      step: { type, ...decode<object>({ payload, arrays }) } as RunStep,
    }));
  }

  /** Ends a run with the parts of its answer and its last steps, of which the last completes it. One that is over takes none. */
  async complete(id: string, parts: readonly Part[], steps: readonly RunStep[]): Promise<void> {
    const taken = await this.#write(async (transaction) => {
      const run = await this.#unfinished(transaction, id);
      if (!run) return undefined;
      await putParts(transaction, id, parts);
      await this.#put(transaction, run, steps);
      return run;
    });
    this.#events.renew(id);
    if (taken) this.changes.note(id, 'status');
  }

  /**
   * Adds parts to an answer. What was answered once stays as it was, to the last bit: only a list gives way, to a longer
   * one. A run that was deleted meanwhile takes none.
   * @param steps all that the run tells, with figures that its events may lack; none: they lack nothing
   */
  async addParts(id: string, parts: readonly Part[], steps: readonly RunStep[] = []): Promise<void> {
    const completed = await this.#write(async (transaction) => {
      const completed = await transaction.run.count({ where: { id, status: 'COMPLETED' } });
      if (completed === 0) return 0;
      if (steps.length > 0) await this.#addFigures(transaction, id, steps);
      const rows = await transaction.part.findMany({ where: { runId: id }, select: { name: true, count: true } });
      const stored = new Map(rows.map(({ name, count }) => [name, count]));
      await putParts(
        transaction,
        id,
        parts.filter(({ name, count }) => count > (stored.get(name) ?? -1)),
      );
      return completed;
    });
    if (completed === 0 || steps.length === 0) return;
    this.#events.forget(id);
    this.changes.note(id, 'events');
  }

  /** Names and counts of the parts that are there. */
  async partNames(runId: string): Promise<Map<string, number>> {
    const rows = await this.#read(() =>
      this.#database.part.findMany({ where: { runId }, select: { name: true, count: true } }),
    );
    return new Map(rows.map(({ name, count }) => [name, count]));
  }

  async parts(runId: string, names: readonly string[]): Promise<Map<string, unknown>> {
    const rows = await this.#read(() => this.#database.part.findMany({ where: { runId, name: { in: [...names] } } }));
    return new Map(rows.map(({ name, payload, arrays }) => [name, decode({ payload, arrays })]));
  }

  /** Deletes a run that is over, with all that it told. @returns whether there was one */
  async delete(id: string): Promise<boolean> {
    const { count } = await this.#write((transaction) => transaction.run.deleteMany({ where: { id, status: over } }));
    this.#events.forget(id);
    if (count > 0) this.changes.note(id, 'deleted');
    return count > 0;
  }

  /** Runs that are neither completed nor ended otherwise. */
  async unfinished(): Promise<RunRecord[]> {
    const rows = await this.#read(() => this.#database.run.findMany({ where: { NOT: { status: over } } }));
    return rows.map(runRecord);
  }

  /** Tries whether something can be stored: by a transaction without a write, until one has failed. @returns why not */
  async fault(): Promise<StorageFault | undefined> {
    const database = this.#database;
    try {
      await this.#inTurn(() => (this.#inDoubt ? tryRoom(database) : database.$transaction(async () => undefined)));
      this.#inDoubt = false;
      return undefined;
    } catch (error) {
      const advice = (error as Error).message;
      return storageFaultOf(error) ?? { reason: 'the database does not answer', remedy: 'ask again later', advice };
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#database.$disconnect();
  }

  /** Steps behind those of a run that is not over. */
  async #put(transaction: Transaction, { id, eventCount }: RunRecord, steps: readonly RunStep[]): Promise<void> {
    const at = this.#now();
    const data = steps.map(({ type, ...rest }, index) => ({
      runId: id,
      sequence: eventCount + index,
      at,
      type,
      ...encode(rest),
    }));
    await transaction.event.createMany({ data });
    await transaction.run.update({
      where: { id },
      data: { eventCount: eventCount + steps.length, ...ending(steps.at(-1), at) },
    });
  }

  /** What is told already stays as it is, but for a list that gives way to a longer one; a run that has told nothing tells all. */
  async #addFigures(transaction: Transaction, runId: string, steps: readonly RunStep[]): Promise<void> {
    const rows = await transaction.event.findMany({ where: { runId }, orderBy: { sequence: 'asc' } });
    if (rows.length === 0) {
      const run = await transaction.run.findUniqueOrThrow({ where: { id: runId } });
      await this.#put(transaction, runRecord(run), steps);
      // It ended when it ended.
      await transaction.run.update({ where: { id: runId }, data: { finishedAt: run.finishedAt } });
      return;
    }
    const added = new Map(steps.map((step) => [placeOf(step), step]));
    for (const { sequence, type, payload, arrays } of rows) {
      const told = { type, ...decode<object>({ payload, arrays }) } as RunStep;
      const { type: _, ...whole } = withFigures(told, added.get(placeOf(told)));
      const where = { runId_sequence: { runId, sequence } };
      await transaction.event.update({ where, data: encode(whole) });
    }
  }

  async #unfinished(transaction: Transaction, id: string): Promise<RunRecord | undefined> {
    const row = await transaction.run.findUnique({ where: { id } });
    const run = row ? runRecord(row) : undefined;
    return run && !isOver(run.status) ? run : undefined;
  }

  #read<Result>(work: () => Promise<Result>): Promise<Result> {
    return patiently(work, performance.now() + this.#patience).catch(rethrow);
  }

  async #write<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await this.#inTurn(() => this.#database.$transaction(work));
    } catch (error) {
      if (storageFaultOf(error)) this.#inDoubt = true;
      return rethrow(error);
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const until = performance.now() + this.#patience;
    const result = this.#writing.then(() => patiently(work, until));
    this.#writing = result.catch(() => undefined);
    return result;
  }
}

/** @throws TributaryError OVER_CAPACITY where the storage fails, which passes or can be mended; otherwise the error itself */
function rethrow(error: unknown): never {
  const fault = storageFaultOf(error);
  if (!fault) throw error;
  const message = `The server's database does not work: ${fault.reason}; ${fault.remedy}`;
  throw new TributaryError('OVER_CAPACITY', message, {}, { cause: error });
}

async function putParts(transaction: Transaction, runId: string, parts: readonly Part[]): Promise<void> {
  for (const { name, count, value } of parts) {
    const part = { count, ...encode(value) };
    await transaction.part.upsert({
      where: { runId_name: { runId, name } },
      create: { runId, name, ...part },
      update: part,
    });
  }
}

/** What the last step means for its run. A run that did not complete gives its question free again. */
function ending(step: RunStep | undefined, at: Date): Prisma.RunUpdateInput {
  const status = step && statusAfter(step);
  if (!status) return {};
  const why = step.type === 'FAILED' ? step : step.type === 'CANCELLED' ? step.reason : undefined;
  const failure = why && { errorCode: why.code, errorMessage: why.message };
  return { status, finishedAt: at, ...failure, ...(status !== 'COMPLETED' && { answers: null }) };
}
