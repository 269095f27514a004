/** Transactions of which it is known whether they have been stored, also where the connection is lost as they end. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Transaction } from '../dialect.ts';
import type { PrismaClient } from '../generated/client.ts';

/** Milliseconds between two looks at what has become of one. */
const pause = 20;

/** Nobody can tell whether a transaction was stored: it is not to be done again. */
export class Unknown extends Error {
  constructor(cause: unknown) {
    super('The connection to the database was lost while a transaction ended, and did not come back', { cause });
  }
}

/** Marks of transactions whose end is known: the next one that writes removes them. */
const known = new WeakMap<PrismaClient, string[]>();

/**
 * As of `Dialect`. A transaction that has written leaves a mark, a row of its own in "Stored", which is there exactly if the
 * rest is. PostgreSQL's number of a transaction would not do (`pg_xact_status`): after a crash it gives the numbers of those
 * that were lost to others.
 */
export async function transact<Result>(
  database: PrismaClient,
  work: (transaction: Transaction) => Promise<Result>,
  until: number,
): Promise<Result> {
  const mark = randomUUID();
  const old = known.get(database) ?? [];
  known.set(database, []);
  const forget = (marks: readonly string[]) => known.get(database)?.push(...marks);
  let done: { readonly result: Result; readonly marked: boolean } | undefined;
  try {
    await database.$transaction(async (transaction) => {
      const result = await work(transaction);
      const marks = await transaction.$executeRaw`
        WITH "own" AS (SELECT ${mark}::UUID AS "id" WHERE pg_current_xact_id_if_assigned() IS NOT NULL),
          "removed" AS (DELETE FROM "Stored" s USING "own" WHERE s."id" = ANY(${old}::UUID[]))
        INSERT INTO "Stored" SELECT "id", true FROM "own"`;
      done = { result, marked: marks > 0 };
    });
  } catch (error) {
    if (done?.marked && (await isStored(database, mark, until, error))) forget([mark]);
    else {
      forget(done?.marked ? [mark, ...old] : old);
      // One that has written nothing has nothing to lose.
      if (!done || done.marked) throw error;
    }
    return (done as { readonly result: Result }).result;
  }
  forget(done?.marked ? [mark] : old);
  return (done as unknown as { readonly result: Result }).result;
}

/** Of a transaction whose end has failed. @throws Unknown where that cannot be told until then */
async function isStored(database: PrismaClient, mark: string, until: number, failure: unknown): Promise<boolean> {
  for (;;) {
    try {
      // This waits for one that is still ending; where there is none, it can no longer be stored.
      await database.$executeRaw`INSERT INTO "Stored" VALUES (${mark}::UUID, false) ON CONFLICT DO NOTHING`;
      const [row] = await database.$queryRaw<[{ stored: boolean }]>`
        SELECT "stored" FROM "Stored" WHERE "id" = ${mark}::UUID`;
      return row.stored;
    } catch {
      if (performance.now() >= until) throw new Unknown(failure);
      await setTimeout(pause);
    }
  }
}
