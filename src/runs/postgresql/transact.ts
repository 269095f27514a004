/** Transactions of which it is known whether they have been stored, also where the connection is lost as they end. */
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

/** As of `Dialect`. */
export async function transact<Result>(
  database: PrismaClient,
  work: (transaction: Transaction) => Promise<Result>,
  until: number,
): Promise<Result> {
  let done: { readonly result: Result; readonly id: string | null } | undefined;
  try {
    await database.$transaction(async (transaction) => {
      const result = await work(transaction);
      // Under this number PostgreSQL knows, also when it was started anew, whether it has stored it; null: it has written nothing.
      const [row] = await transaction.$queryRaw<[{ id: string | null }]>`
        SELECT pg_current_xact_id_if_assigned()::TEXT AS "id"`;
      done = { result, id: row.id };
    });
  } catch (error) {
    if (!done || !(await isCommitted(database, done.id, until, error))) throw error;
  }
  return (done as { readonly result: Result }).result;
}

/** Of a transaction whose end has failed. @throws Unknown where that cannot be told until then */
async function isCommitted(
  database: PrismaClient,
  id: string | null,
  until: number,
  failure: unknown,
): Promise<boolean> {
  if (id === null) return true;
  for (;;) {
    try {
      const [row] = await database.$queryRaw<[{ status: string | null }]>`
        SELECT pg_xact_status(${id}::XID8) AS "status"`;
      if (row.status !== 'in progress') return row.status === 'committed';
    } catch (error) {
      if (performance.now() >= until) throw new Unknown(error);
    }
    if (performance.now() >= until) throw new Unknown(failure);
    await setTimeout(pause);
  }
}
