/** Which runs a filter admits, by their ids, in the order of a page. */
import { setImmediate } from 'node:timers/promises';
import type { Dialect } from './dialect.ts';
import { folded } from './folded.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';
import type { RunPage } from './page.ts';
import { beginningOf, type RunFilter } from './run-filter.ts';
import { firstOf } from './run-ids.ts';
import { hasTrigrams, trigramsOf } from './trigrams.ts';

type Queried = Pick<PrismaClient, '$queryRaw'>;

/** Where it is looked, and in which words. */
interface Reader {
  readonly database: Queried;
  readonly dialect: Dialect;
}

/** Runs that are looked through at once: SQLite does so in the thread that serves everybody. */
const longestStretch = 2000;
/** … for a text that is met soon. */
const shortestSearch = 250;

/** Runs whose prompts have the letters of a text: of so many each is looked at; more are met soon on the way. */
const few = 1000;

/**
 * Newest first; oldest first where the page is inverted. All of them, a stretch at a time, for as long as whoever asks
 * wants more than the page has: a run may be deleted, or be another one, before its row is read. Few runs of many are found
 * without reading those between, except for a text of fewer than three letters.
 */
export async function* admitted(
  database: Queried,
  dialect: Dialect,
  page: RunPage,
  filter: RunFilter,
): AsyncGenerator<readonly string[], void> {
  const place = await placeOf(database, filter);
  if (!place) return;
  const sought = folded(filter.prompt ?? '');
  const reader = { database, dialect };
  const marks = hasTrigrams(sought) ? await fewOf(reader, sought) : undefined;
  if (marks !== undefined)
    return yield await withText(reader, sought, (text) => marked(dialect, marks, text, page, filter, place));
  let { after, before } = page;
  const first = Math.max(page.limit, sought ? shortestSearch : 1);
  for (let limit = Math.min(first, longestStretch); ; limit = Math.min(2 * limit, longestStretch)) {
    const ids = await idsOf(reader, paged(dialect, { ...page, limit, after, before }, filter, place));
    if (ids.length > 0) yield sought ? await withText(reader, sought, (text) => among(dialect, ids, text, page)) : ids;
    if (ids.length < limit) return;
    if (page.inverted) before = ids.at(-1);
    else after = ids.at(-1);
    await setImmediate();
  }
}

/** Where the runs of a filter are found. */
interface Place {
  /** The experiment that they belong to; undefined: any, or none. */
  readonly experimentId: string | undefined;
  /** Whether there are fewer in the experiment than there are of what else is asked of them. */
  readonly byMembers: boolean;
}

/** @returns undefined where there are none */
async function placeOf(database: Queried, filter: RunFilter): Promise<Place | undefined> {
  const { experiment, experimentOwner = '' } = filter;
  if (typeof experiment !== 'string') return { experimentId: undefined, byMembers: false };
  const [found] = await database.$queryRaw<{ id: string; members: number; alike: number; both: number }[]>`
    SELECT e."id",
      ${total(Prisma.sql`"experimentId" <> ''`)} AS "members",
      ${total(Prisma.sql`"experimentId" = '' AND ${alike('t', filter)}`)} AS "alike",
      ${total(Prisma.sql`"experimentId" <> '' AND ${alike('t', filter)}`)} AS "both"
    FROM "Experiment" e JOIN "RunTally" t ON t."experimentId" IN ('', e."id")
    WHERE e."owner" = ${experimentOwner} AND e."name" = ${experiment} GROUP BY e."id"`;
  return found && found.both > 0 ? { experimentId: found.id, byMembers: found.members <= found.alike } : undefined;
}

/** Runs of the tally that fulfil a condition. */
function total(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`CAST(COALESCE(SUM("runs") FILTER (WHERE ${condition}), 0) AS DOUBLE PRECISION)`;
}

/** A page, whatever the prompts are. */
function paged(dialect: Dialect, page: RunPage, filter: RunFilter, { experimentId, byMembers }: Place): Prisma.Sql {
  const end = Prisma.sql`ORDER BY "id" ${direction(page)} LIMIT ${page.limit}`;
  if (experimentId !== undefined && byMembers)
    return Prisma.sql`SELECT m."runId" AS "id" FROM "ExperimentRun" m CROSS JOIN "Run" r
      WHERE r."id" = m."runId" AND m."experimentId" = ${experimentId} AND ${between('m."runId"', page, filter)} AND ${alike('r', filter)}
      ORDER BY m."runId" ${direction(page)} LIMIT ${page.limit}`;
  if (!asksForKinds(filter)) return Prisma.sql`SELECT "id" FROM "Run" WHERE ${between('"id"', page, filter)} ${end}`;
  // The first ones of each sort that occurs are next to each other in an index; the first ones of all are among them.
  const first = Prisma.sql`SELECT r."id" FROM "Run" r WHERE r."owner" = t."owner" AND r."kind" = t."kind" AND r."status" = t."status"
    AND r."modelName" = t."modelName" AND ${dialect.sameMethod} AND r."pinned" = t."pinned"
    AND ${between('r."id"', page, filter)} AND ${isMember(experimentId)} ${end}`;
  return Prisma.sql`SELECT f."value" AS "id" FROM (SELECT "owner", "kind", "status", "modelName", "method", "pinned" FROM "RunTally" t
      WHERE t."experimentId" = '' AND ${alike('t', filter)} GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM("runs") > 0) t
    CROSS JOIN ${dialect.each(first)} ${end}`;
}

/** Of the runs of these marks, as the index has them. */
function marked(
  dialect: Dialect,
  marks: string,
  text: Prisma.Sql,
  page: RunPage,
  filter: RunFilter,
  { experimentId }: Place,
): Prisma.Sql {
  return Prisma.sql`SELECT r."id", r."promptFolded" FROM ${dialect.ofMarks(marks)} AND ${between('r."id"', page, filter)}
      AND ${alike('r', filter)} AND ${isMember(experimentId)} AND ${text} ORDER BY r."id" ${direction(page)}`;
}

function among(dialect: Dialect, ids: readonly string[], text: Prisma.Sql, page: RunPage): Prisma.Sql {
  return Prisma.sql`SELECT r."id", r."promptFolded" FROM "Run" r
    WHERE r."id" IN (${dialect.texts(JSON.stringify(ids))}) AND ${text} ORDER BY r."id" ${direction(page)}`;
}

function isMember(experimentId: string | undefined): Prisma.Sql {
  if (experimentId === undefined) return Prisma.sql`TRUE`;
  return Prisma.sql`EXISTS (SELECT 1 FROM "ExperimentRun" WHERE "experimentId" = ${experimentId} AND "runId" = r."id")`;
}

/** Are owners, kinds, statuses, models, methods or pins asked for: what the tally counts runs by? */
function asksForKinds({ owner, kinds, statuses, model, methods, pinned }: RunFilter): boolean {
  return (
    owner !== undefined ||
    Boolean(kinds ?? statuses ?? methods) ||
    typeof model === 'string' ||
    typeof pinned === 'boolean'
  );
}

/** @param of a table that has these columns: runs, or the tally */
export function alike(of: 'r' | 't', { owner, kinds, statuses, model, methods, pinned }: RunFilter): Prisma.Sql {
  const column = (name: string) => Prisma.raw(`${of}."${name}"`);
  const isOneOf = (name: string, values: readonly string[]) =>
    values.length === 0 ? Prisma.sql`FALSE` : Prisma.sql`${column(name)} IN (${Prisma.join([...values])})`;
  const conditions = [
    ...(owner !== undefined ? [Prisma.sql`${column('owner')} = ${owner}`] : []),
    ...(kinds ? [isOneOf('kind', kinds)] : []),
    ...(statuses ? [isOneOf('status', statuses)] : []),
    ...(typeof model === 'string' ? [Prisma.sql`${column('modelName')} = ${model}`] : []),
    ...(methods ? [isOneOf('method', methods)] : []),
    ...(typeof pinned === 'boolean'
      ? [Prisma.sql`${column('pinned')} = ${Prisma.raw(pinned ? 'TRUE' : 'FALSE')}`]
      : []),
  ];
  return conditions.length === 0 ? Prisma.sql`TRUE` : Prisma.join(conditions, ' AND ');
}

/** Of the page, and of the time in which they were asked for, which is that of their ids. */
function between(column: string, { after, before }: RunPage, { createdAfter, createdBefore }: RunFilter): Prisma.Sql {
  const id = Prisma.raw(column);
  const conditions = [
    ...(after !== undefined ? [Prisma.sql`${id} < ${after}`] : []),
    ...(before !== undefined ? [Prisma.sql`${id} > ${before}`] : []),
    ...(createdAfter ? [Prisma.sql`${id} >= ${firstOf(createdAfter)}`] : []),
    ...(createdBefore ? [Prisma.sql`${id} < ${firstOf(createdBefore)}`] : []),
  ];
  return conditions.length === 0 ? Prisma.sql`TRUE` : Prisma.join(conditions, ' AND ');
}

function direction({ inverted }: RunPage): Prisma.Sql {
  return Prisma.raw(inverted ? 'ASC' : 'DESC');
}

/** One text instead of as many rows, which take several times as long on their way here. */
async function idsOf({ database, dialect }: Reader, query: Prisma.Sql): Promise<string[]> {
  const [row] = await database.$queryRaw<[{ ids: string }]>`SELECT ${dialect.list('id')} AS "ids" FROM (${query}) q`;
  return JSON.parse(row.ids) as string[];
}

/** Marks of the prompts that have the letters of a text, as JSON, where those are few. */
async function fewOf({ database, dialect }: Reader, sought: string): Promise<string | undefined> {
  const query = dialect.marked(trigramsOf(sought), few + 1);
  const [row] = await database.$queryRaw<
    [{ marks: string }]
  >`SELECT ${dialect.list('mark')} AS "marks" FROM (${query}) q`;
  return (JSON.parse(row.marks) as unknown[]).length <= few ? row.marks : undefined;
}

/**
 * Those that have the whole text; of a long one the database is asked for the beginning, for JavaScript's search does not slow down.
 * @param query runs that fulfil a condition, with their prompts
 */
async function withText(reader: Reader, sought: string, query: (text: Prisma.Sql) => Prisma.Sql): Promise<string[]> {
  const beginning = beginningOf(sought);
  const containing = query(reader.dialect.contains('r."promptFolded"', beginning));
  if (beginning === sought) return idsOf(reader, containing);
  const rows = await reader.database.$queryRaw<{ id: string; promptFolded: string }[]>(containing);
  return rows.filter(({ promptFolded }) => promptFolded.includes(sought)).map(({ id }) => id);
}
