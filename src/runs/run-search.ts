/** Lists of runs; those whose prompts contain a text are looked for a stretch at a time. */
import { setImmediate } from 'node:timers/promises';
import type { Prisma, PrismaClient } from './generated/client.ts';
import type { RunPage } from './page.ts';
import { conditionsOf, hasPrompt, type RunFilter } from './run-filter.ts';

type Database = Pick<PrismaClient, 'run' | 'experiment' | 'experimentRun'>;
type Row = Prisma.RunGetPayload<object>;
type Order = 'asc' | 'desc';

/** Runs that are looked through at once: SQLite does so in the thread that serves everybody. */
const stretch = 500;

/**
 * Newest first; from the end of the list where the page is inverted, then oldest first. Pages begin at an id and not at
 * a row (Prisma's `cursor`): a row that was deleted, or that the filter no longer admits, would cut the list short.
 */
export async function listed(
  database: Database,
  { limit, after, before, inverted = false }: RunPage,
  { experiment, ...filter }: RunFilter,
): Promise<Row[]> {
  const order = inverted ? 'asc' : 'desc';
  const within = { ...(after !== undefined && { lt: after }), ...(before !== undefined && { gt: before }) };
  if (typeof experiment === 'string') {
    const found = await database.experiment.findUnique({ where: { name: experiment }, select: { id: true } });
    return found ? listedMembers(database, found.id, limit, within, order, filter) : [];
  }
  const { run } = database;
  const orderBy = { id: order } as const;
  const conditions = conditionsOf(filter);
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
    left = behind(left, last.id, order);
    await setImmediate();
  }
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

/** Of an experiment: in the order in which its index has them, whatever else is asked of them. */
async function listedMembers(
  { run, experimentRun }: Database,
  experimentId: string,
  limit: number,
  within: Prisma.StringFilter,
  order: Order,
  filter: RunFilter,
): Promise<Row[]> {
  const conditions = conditionsOf(filter);
  // Without a text to look for, SQLite is quick to pass over those that are not meant. It takes a stretch of ids at once.
  const [take, meant] = filter.prompt ? [stretch, {}] : [Math.min(limit, stretch), conditions];
  const found: Row[] = [];
  for (let left = within; ; ) {
    const members = await experimentRun.findMany({
      where: { experimentId, runId: left, run: meant },
      orderBy: { runId: order },
      take,
      select: { runId: true },
    });
    const last = members.at(-1);
    if (!last) return found;
    // Apart from them: Prisma's `include` fails where one is deleted meanwhile.
    const id = { in: members.map(({ runId }) => runId) };
    const rows = await run.findMany({ where: { ...conditions, id }, orderBy: { id: order } });
    found.push(...rows.filter((row) => hasPrompt(row, filter)));
    if (members.length < take || found.length >= limit) return found.slice(0, limit);
    left = behind(left, last.runId, order);
    await setImmediate();
  }
}

function behind(within: Prisma.StringFilter, id: string, order: Order): Prisma.StringFilter {
  return { ...within, ...(order === 'asc' ? { gt: id } : { lt: id }) };
}
