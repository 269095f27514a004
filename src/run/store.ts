/** Runs in the database. Every write goes through here, one after the other. */
import { decode, encode } from './encoding.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import {
  type Question,
  type RunKind,
  type RunRecord,
  type RunStatus,
  type RunStep,
  type StoredEvent,
  type Subject,
  statusAfter,
} from './types.ts';

export interface RunFilter {
  readonly kind?: RunKind | null | undefined;
  readonly status?: RunStatus | null | undefined;
  readonly model?: string | null | undefined;
}

/** Runs after one (or, inverted, before one), by their ids. */
export interface RunPage {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly inverted?: boolean;
}

/** A stored part of an attribution's answer. */
export interface Part {
  readonly name: string;
  /** How many were asked for, of a part that is a list of the strongest; 0 of the others. */
  readonly count: number;
  readonly value: unknown;
}

type RunRow = Prisma.RunGetPayload<object>;
type Transaction = Prisma.TransactionClient;

export class RunStore {
  readonly #database: PrismaClient;
  readonly #now: () => Date;
  /** The last write. SQLite has one writer, and a transaction that meets another one's lock can poison the client. */
  #writing: Promise<unknown> = Promise.resolve();

  /** @param now the clock */
  constructor(database: PrismaClient, now: () => Date = () => new Date()) {
    this.#database = database;
    this.#now = now;
  }

  /** The run that answers a question, or a new one in the queue. A run that failed answers nothing. */
  async findOrCreate(
    id: string,
    subject: Subject,
    question: Question,
    contentHash: string,
  ): Promise<{ run: RunRecord; created: boolean }> {
    return this.#write(async (transaction) => {
      const known = await transaction.run.findUnique({ where: { answers: contentHash } });
      if (known) return { run: recordOf(known), created: false };
      const data = {
        id,
        kind: question.kind,
        status: 'QUEUED',
        contentHash,
        answers: contentHash,
        modelName: subject.name,
        modelRevision: subject.revision,
        input: JSON.stringify(question.input),
        createdAt: this.#now(),
      };
      return { run: recordOf(await transaction.run.create({ data })), created: true };
    });
  }

  async find(id: string): Promise<RunRecord | undefined> {
    const row = await this.#database.run.findUnique({ where: { id } });
    return row ? recordOf(row) : undefined;
  }

  /** Newest first; from the end of the list where the page is inverted, then oldest first. */
  async list({ limit, after, before, inverted = false }: RunPage, filter: RunFilter = {}): Promise<RunRecord[]> {
    const { kind, status, model } = filter;
    const order = inverted ? 'asc' : 'desc';
    const cursor = inverted ? before : after;
    const rows = await this.#database.run.findMany({
      where: { ...(kind && { kind }), ...(status && { status }), ...(model && { modelName: model }) },
      orderBy: [{ createdAt: order }, { id: order }],
      take: limit,
      ...(cursor !== undefined && { cursor: { id: cursor }, skip: 1 }),
    });
    return rows.map(recordOf);
  }

  async experiment(id: string) {
    return this.#database.experiment.findUnique({ where: { id } });
  }

  async experiments() {
    return this.#database.experiment.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
  }

  async started(id: string): Promise<void> {
    await this.#write((transaction) =>
      transaction.run.updateMany({
        where: { id, status: 'QUEUED' },
        data: { status: 'RUNNING', startedAt: this.#now() },
      }),
    );
  }

  /** Stores steps behind those that are there, in one transaction; the last may end the run. */
  async append(id: string, steps: readonly RunStep[]): Promise<void> {
    await this.#write(async (transaction) => {
      const { eventCount } = await transaction.run.findUniqueOrThrow({ where: { id }, select: { eventCount: true } });
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
    });
  }

  /** Up to `limit` events after `after` (all with undefined), in order. */
  async events(runId: string, after: number | undefined, limit: number): Promise<StoredEvent[]> {
    const rows = await this.#database.event.findMany({
      where: { runId, sequence: { gt: after ?? -1 } },
      orderBy: { sequence: 'asc' },
      take: limit,
    });
    return rows.map(({ sequence, at, type, payload, arrays }) => ({
      runId,
      seq: sequence,
      at,
      step: { type, ...decode<object>({ payload, arrays }) } as RunStep,
    }));
  }

  /** Stores parts of an answer, in place of those of the same names; `completes` ends the run with them. */
  async putParts(id: string, parts: readonly Part[], completes: boolean): Promise<void> {
    await this.#write(async (transaction) => {
      for (const { name, count, value } of parts) {
        const data = { count, ...encode(value) };
        await transaction.part.upsert({
          where: { runId_name: { runId: id, name } },
          create: { runId: id, name, ...data },
          update: data,
        });
      }
      if (completes)
        await transaction.run.update({ where: { id }, data: { status: 'COMPLETED', finishedAt: this.#now() } });
    });
  }

  /** Names and counts of the parts that are there. */
  async partNames(runId: string): Promise<Map<string, number>> {
    const rows = await this.#database.part.findMany({ where: { runId }, select: { name: true, count: true } });
    return new Map(rows.map(({ name, count }) => [name, count]));
  }

  async parts(runId: string, names: readonly string[]): Promise<Map<string, unknown>> {
    const rows = await this.#database.part.findMany({ where: { runId, name: { in: [...names] } } });
    return new Map(rows.map(({ name, payload, arrays }) => [name, decode({ payload, arrays })]));
  }

  async delete(id: string): Promise<void> {
    await this.#write((transaction) => transaction.run.delete({ where: { id } }));
  }

  /** Runs that are neither completed nor ended otherwise. */
  async unfinished(): Promise<RunRecord[]> {
    return (await this.#database.run.findMany({ where: { status: { in: ['QUEUED', 'RUNNING'] } } })).map(recordOf);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#database.$disconnect();
  }

  #write<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const result = this.#writing.then(() => this.#database.$transaction(work));
    this.#writing = result.catch(() => undefined);
    return result;
  }
}

/** What the last step means for its run. A run that did not complete gives its question free again. */
function ending(step: RunStep | undefined, at: Date): Prisma.RunUpdateInput {
  const status = step && statusAfter(step);
  if (!status) return {};
  const failure = step.type === 'FAILED' ? { errorCode: step.code, errorMessage: step.message } : {};
  return { status, finishedAt: at, ...failure, ...(status !== 'COMPLETED' && { answers: null }) };
}

function recordOf(row: RunRow): RunRecord {
  const {
    id,
    kind,
    status,
    contentHash,
    modelName,
    modelRevision,
    input,
    createdAt,
    startedAt,
    finishedAt,
    eventCount,
    experimentId,
  } = row;
  return {
    id,
    question: { kind, input: JSON.parse(input) } as Question,
    status: status as RunStatus,
    contentHash,
    modelName,
    modelRevision,
    createdAt,
    startedAt,
    finishedAt,
    error: row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? '' },
    eventCount,
    experimentId,
  };
}
