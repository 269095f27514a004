/** Runs that may be deleted unasked: those that are over and that nobody has pinned or put into an experiment. */
import type { Dialect } from './dialect.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';

type Queried = Pick<PrismaClient, '$queryRaw'>;

export interface LooseRun {
  readonly id: string;
  readonly storedBytes: number;
  readonly owner: string;
}

/** A part of all runs, oldest first. */
export interface Stretch {
  /** Of its runs those that may be deleted. */
  readonly loose: readonly LooseRun[];
  /** Its last run; undefined where there is none. */
  readonly last: string | undefined;
}

/** Which runs are looked at. */
export interface Looked {
  /** The id behind which it begins. */
  readonly after: string;
  /** The id before which it ends; undefined: with the last run. */
  readonly before: string | undefined;
  /** What has ended since is in somebody's hands. */
  readonly endedBefore: Date;
  readonly limit: number;
}

export async function looseStretch(
  database: Queried,
  dialect: Dialect,
  { after, before, endedBefore, limit }: Looked,
): Promise<Stretch> {
  const within = before === undefined ? Prisma.empty : Prisma.sql`AND "id" < ${before}`;
  const runs = await rowsOf(
    database,
    dialect,
    Prisma.sql`SELECT * FROM "Run" WHERE "id" > ${after} ${within} ORDER BY "id" LIMIT ${limit}`,
  );
  const loose = runs.filter((run) => isLoose(run) && new Date(run.finishedAt ?? Number.NaN) < endedBefore);
  return { loose: loose.map(({ id, storedBytes, owner }) => ({ id, storedBytes, owner })), last: runs.at(-1)?.id };
}

/** Runs of one look into the database: others wait as long as it takes. */
const stretch = 1000;

/** All that may be deleted, oldest first, a stretch at a time. @param look as `Housekeeping.loose` */
export async function* looseStretches(
  look: (looked: Looked) => Promise<Stretch>,
  { before, endedBefore }: Pick<Looked, 'before' | 'endedBefore'>,
): AsyncGenerator<readonly LooseRun[]> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { loose, last } = await look({ after, before, endedBefore, limit: stretch });
    yield loose;
    after = last;
  }
}

/** Those of these runs that may be deleted. */
export async function looseAmong(
  database: Queried,
  dialect: Dialect,
  ids: readonly string[],
): Promise<readonly LooseRun[]> {
  const meant = Prisma.sql`SELECT * FROM "Run" WHERE "id" IN (${dialect.texts(JSON.stringify(ids))})`;
  return (await rowsOf(database, dialect, meant)).filter(isLoose);
}

interface Row extends LooseRun {
  readonly status: string;
  readonly finishedAt: string | number | null;
  readonly pinned: boolean | number;
  readonly joined: boolean | number;
}

function isLoose({ status, pinned, joined }: Row): boolean {
  return !pinned && !joined && status !== 'QUEUED' && status !== 'RUNNING';
}

/** One text instead of as many rows, which take several times as long on their way here. */
async function rowsOf(database: Queried, dialect: Dialect, runs: Prisma.Sql): Promise<Row[]> {
  const columns = ['id', 'storedBytes', 'owner', 'status', 'finishedAt', 'pinned', 'joined'];
  const [row] = await database.$queryRaw<[{ rows: string }]>`
    SELECT ${dialect.objects(columns)} AS "rows" FROM (
      SELECT "id", "storedBytes", "owner", "status", ${dialect.momentText('finishedAt')} AS "finishedAt", "pinned",
        EXISTS (SELECT 1 FROM "ExperimentRun" WHERE "runId" = r."id") AS "joined"
      FROM (${runs}) r) s`;
  return JSON.parse(row.rows) as Row[];
}
