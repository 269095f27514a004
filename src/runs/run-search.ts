/** Lists of runs. */

import { admitted } from './admitted.ts';
import type { Dialect } from './dialect.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import type { RunPage } from './page.ts';
import { admits, type RunFilter } from './run-filter.ts';

type Row = Prisma.RunGetPayload<object>;

/** Runs that are read at once: Prisma gives SQLite fewer than a thousand values. */
const stretch = 500;

/**
 * Newest first; from the end of the list where the page is inverted, then oldest first. Pages begin at an id and not at
 * a row (Prisma's `cursor`): a row that was deleted, or that the filter no longer admits, would cut the list short.
 */
export async function listed(
  database: Pick<PrismaClient, 'run' | '$queryRaw'>,
  dialect: Dialect,
  page: RunPage,
  filter: RunFilter,
): Promise<Row[]> {
  const orderBy = { id: page.inverted ? 'asc' : 'desc' } as const;
  const rows: Row[] = [];
  for await (const ids of admitted(database, dialect, page, filter)) {
    for (let from = 0; from < ids.length && rows.length < page.limit; ) {
      const id = { in: ids.slice(from, from + Math.min(page.limit - rows.length, stretch)) };
      from += id.in.length;
      // Nothing else: SQLite might take another index for it. They may be of another status by now.
      const some = await database.run.findMany({ where: { id }, orderBy });
      rows.push(...some.filter((row) => admits(filter, row)));
    }
    if (rows.length >= page.limit) break;
  }
  return rows;
}

/** All of a list, newest first, a stretch at a time. @param read a page of it */
export async function* stretchesOf(read: (page: RunPage) => Promise<Row[]>): AsyncGenerator<Row[], void> {
  for (let after: string | undefined; ; ) {
    const rows = await read({ limit: stretch, after });
    if (rows.length > 0) yield rows;
    if (rows.length < stretch) return;
    after = rows.at(-1)?.id;
  }
}
