/** Lists of runs; those whose prompts contain a text are looked for a stretch at a time. */
import { setImmediate } from 'node:timers/promises';
import type { Prisma, PrismaClient } from './generated/client.ts';
import type { RunPage } from './page.ts';
import { conditionsOf, hasPrompt, type RunFilter } from './run-filter.ts';

type Row = Prisma.RunGetPayload<object>;

/** Runs that are looked through at once: SQLite does so in the thread that serves everybody. */
const stretch = 500;

/**
 * Newest first; from the end of the list where the page is inverted, then oldest first. Pages begin at an id and not at
 * a row (Prisma's `cursor`): a row that was deleted, or that the filter no longer admits, would cut the list short.
 */
export async function listed(
  { run }: Pick<PrismaClient, 'run'>,
  { limit, after, before, inverted = false }: RunPage,
  filter: RunFilter,
): Promise<Row[]> {
  const orderBy = { id: inverted ? 'asc' : 'desc' } as const;
  const conditions = conditionsOf(filter);
  const within = { ...(after !== undefined && { lt: after }), ...(before !== undefined && { gt: before }) };
  if (!filter.prompt) return run.findMany({ where: { ...conditions, id: within }, orderBy, take: limit });
  const found: Row[] = [];
  for (let left: Prisma.StringFilter = within; ; ) {
    const [last] = await run.findMany({
      where: { id: left },
      orderBy,
      skip: stretch - 1,
      take: 1,
      select: { id: true },
    });
    const id = { ...left, ...(last && (inverted ? { lte: last.id } : { gte: last.id })) };
    const rows = await run.findMany({ where: { ...conditions, id }, orderBy });
    found.push(...rows.filter((row) => hasPrompt(row, filter)));
    if (!last || found.length >= limit) return found.slice(0, limit);
    left = { ...left, ...(inverted ? { gt: last.id } : { lt: last.id }) };
    await setImmediate();
  }
}
