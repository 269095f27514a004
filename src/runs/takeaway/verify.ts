/** Looks at all that is stored, whether it is sound. */
import type { PrismaClient } from '../generated/client.ts';
import { bytesOf } from '../rows.ts';
import { faultIn } from './soundness.ts';
import { readStored } from './stored-run.ts';

/** Runs that are read at once. */
const pageSize = 20;

export interface VerifiedRun {
  readonly id: string;
  readonly events: number;
  /** Bytes of its events and parts. */
  readonly bytes: number;
  /** What is wrong with it; undefined where nothing is. */
  readonly fault: string | undefined;
}

/** Each run in the order in which they were asked for, also those that nobody else could read. */
export async function* verifiedRuns(database: PrismaClient): AsyncGenerator<VerifiedRun, void> {
  for (let last: string | undefined; ; ) {
    const rows = await database.run.findMany({
      where: last === undefined ? {} : { id: { gt: last } },
      orderBy: { id: 'asc' },
      take: pageSize,
      select: { id: true },
    });
    for (const { id } of rows) yield await verified(database, id);
    if (rows.length < pageSize) return;
    last = rows.at(-1)?.id;
  }
}

async function verified(database: PrismaClient, id: string): Promise<VerifiedRun> {
  try {
    const [stored] = await readStored(database, [id]);
    // Deleted meanwhile.
    if (!stored) return { id, events: 0, bytes: 0, fault: undefined };
    const bytes = bytesOf(stored.events) + bytesOf(stored.parts);
    const { storedBytes } = stored.run;
    const miscounted = bytes === storedBytes ? undefined : `it takes ${bytes} bytes, and says ${storedBytes}`;
    return { id, events: stored.events.length, bytes, fault: faultIn(stored) ?? miscounted };
  } catch (error) {
    return { id, events: 0, bytes: 0, fault: `it cannot be read: ${(error as Error).message}` };
  }
}
