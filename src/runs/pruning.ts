/** Runs that may go: over, not pinned, and of no experiment. */
import type { Prisma } from './generated/client.ts';
import type { Transaction } from './transactions.ts';
import { isOver, runStatuses } from './types.ts';

export interface Pruning {
  /** Those that were asked for before; absent: of any age. */
  readonly before?: Date | undefined;
  /** How many of those that may go are kept, the newest ones. */
  readonly keep?: number | undefined;
}

export interface PrunableRuns {
  /** The oldest first. */
  readonly ids: readonly string[];
  /** Of their events and parts. */
  readonly bytes: number;
}

const mayGo: Prisma.RunWhereInput = {
  status: { in: runStatuses.filter(isOver) },
  pinned: false,
  experiments: { none: {} },
};

export async function prunable(database: Transaction, { before, keep = 0 }: Pruning): Promise<PrunableRuns> {
  const rows = await database.run.findMany({
    where: mayGo,
    orderBy: { id: 'desc' },
    skip: keep,
    select: { id: true, createdAt: true, storedBytes: true },
  });
  const due = before ? rows.filter(({ createdAt }) => createdAt < before) : rows;
  return {
    ids: due.map(({ id }) => id).reverse(),
    bytes: due.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
  };
}

/** Deletes those of these runs that may go still. @returns their ids */
export async function prune(transaction: Transaction, ids: readonly string[]): Promise<string[]> {
  const where = { ...mayGo, id: { in: [...ids] } };
  const rows = await transaction.run.findMany({ where, select: { id: true } });
  const due = rows.map(({ id }) => id);
  await transaction.run.deleteMany({ where: { id: { in: due } } });
  return due;
}
