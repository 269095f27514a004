/** Figures of many runs: how many there are, of which kinds, and what they came to. */
import { admitted, alike } from './admitted.ts';
import type { Dialect } from './dialect.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';
import type { RunFilter } from './run-filter.ts';
import { type RunKind, type RunStatus, runKinds, runStatuses } from './types.ts';

/** Of runs, how many have an audit, and which share of those passed it, from 0 to 1; null where none has one. */
export interface AuditCounts {
  readonly count: number;
  readonly audited: number;
  readonly auditsPassed: number | null;
}

export interface MethodAggregate extends AuditCounts {
  readonly kind: RunKind;
  /** Null of runs that have none. */
  readonly method: string | null;
  /** Mean of `RunRecord.score` of the completed ones that have one, as their targets measure it; null where none has. */
  readonly meanScore: number | null;
}

export interface RunAggregates extends AuditCounts {
  /** Statuses that occur, in the order in which a run has them. */
  readonly byStatus: readonly { readonly status: RunStatus; readonly count: number }[];
  /** Kinds and methods that occur, by name within a kind. */
  readonly byMethod: readonly MethodAggregate[];
}

type Queried = Pick<PrismaClient, '$queryRaw'>;

/** Runs that are alike in what they are counted by. */
interface Alike {
  readonly kind: RunKind;
  readonly status: RunStatus;
  /** Empty: none. */
  readonly method: string;
  readonly runs: number;
  readonly events: number;
  /** How many have a score, and the sum of those. */
  readonly scored: number;
  readonly scores: number;
  readonly audited: number;
  readonly passed: number;
}

/** Runs that are counted at once, where they have to be. */
const stretch = 2000;

/** Units of the tally's sums in a score of 1, see the migration that makes it. */
const scoreUnits = 2 ** 24;

/**
 * Of the runs that a filter admits. Of a filter by experiment, kind, status, model, method and pin the database keeps them
 * ready, mean scores to within 3·10⁻⁸; of one by time or text the runs are counted, a stretch at a time.
 */
export async function aggregatesOf(database: Queried, dialect: Dialect, filter: RunFilter): Promise<RunAggregates> {
  const some = isTallied(filter) ? await tallied(database, dialect, filter) : await counted(database, dialect, filter);
  const methods = Map.groupBy(some, ({ kind, method }) => `${kind} ${method}`);
  return {
    ...counts(some),
    byStatus: runStatuses.flatMap((status) => {
      const count = sum(some, (one) => (one.status === status ? one.runs : 0));
      return count > 0 ? [{ status, count }] : [];
    }),
    byMethod: [...methods.values()].map(ofMethod).sort(byKindAndMethod),
  };
}

/** How many runs there are, and events of theirs. */
export async function totals(database: Queried, dialect: Dialect): Promise<{ runs: number; events: number }> {
  const { runs, events } = await totalsOf(database, dialect, undefined);
  return { runs, events };
}

/** The same of an owner, undefined: of all, and the bytes of what their runs tell and answer. */
export async function totalsOf(
  database: Queried,
  dialect: Dialect,
  owner: string | undefined,
): Promise<{ runs: number; events: number; storedBytes: number }> {
  const [row] = await database.$queryRaw<[{ totals: string }]>`
    SELECT ${dialect.objects(['runs', 'events', 'storedBytes'])} AS "totals" FROM (
      SELECT COALESCE(SUM("runs"), 0) AS "runs", COALESCE(SUM("events"), 0) AS "events", COALESCE(SUM("bytes"), 0) AS "storedBytes"
      FROM "RunTally" t WHERE "experimentId" = '' AND ${alike('t', { owner })}
    ) t`;
  const [all] = JSON.parse(row.totals) as [{ runs: number; events: number; storedBytes: number }];
  return all;
}

function isTallied({ prompt, createdAfter, createdBefore }: RunFilter): boolean {
  return !(prompt || createdAfter || createdBefore);
}

async function tallied(database: Queried, dialect: Dialect, filter: RunFilter): Promise<readonly Alike[]> {
  const { experiment, experimentOwner = '' } = filter;
  const whose =
    typeof experiment === 'string'
      ? Prisma.sql`(SELECT "id" FROM "Experiment" WHERE "owner" = ${experimentOwner} AND "name" = ${experiment})`
      : Prisma.sql`''`;
  const rows = await grouped<Alike & { readonly beyond: number }>(
    database,
    dialect,
    Prisma.sql`SUM("runs") AS "runs", SUM("events") AS "events", SUM("scored") AS "scored",
      CAST(SUM("scoreSum") AS DOUBLE PRECISION) / ${Prisma.raw(String(scoreUnits))} AS "scores", SUM("scoresBeyond") AS "beyond",
      SUM("audited") AS "audited", SUM("auditsPassed") AS "passed"`,
    [...figures, 'beyond'],
    Prisma.sql`"RunTally" t WHERE "experimentId" = ${whose} AND ${alike('t', filter)}`,
    Prisma.sql`HAVING SUM("runs") > 0`,
  );
  return rows.some(({ beyond }) => beyond > 0) ? counted(database, dialect, filter) : rows;
}

async function counted(database: Queried, dialect: Dialect, filter: RunFilter): Promise<readonly Alike[]> {
  const all: Alike[] = [];
  for await (const ids of admitted(database, dialect, { limit: stretch }, filter))
    all.push(
      ...(await grouped<Alike>(
        database,
        dialect,
        Prisma.sql`COUNT(*) AS "runs", SUM("eventCount") AS "events", COUNT("score") AS "scored",
          COALESCE(SUM("score"), 0) AS "scores", COUNT("auditPassed") AS "audited", COUNT(*) FILTER (WHERE "auditPassed") AS "passed"`,
        figures,
        Prisma.sql`(SELECT "kind", "status", COALESCE("method", '') AS "method", "eventCount", "score", "auditPassed"
          FROM "Run" WHERE "id" IN (${dialect.texts(JSON.stringify(ids))})) r`,
      )),
    );
  return all;
}

const figures = ['runs', 'events', 'scored', 'scores', 'audited', 'passed'] as const;

/** @param query of the figures of a group @param names theirs @param from and a condition @param having a condition of groups */
async function grouped<Row>(
  database: Queried,
  dialect: Dialect,
  query: Prisma.Sql,
  names: readonly string[],
  from: Prisma.Sql,
  having = Prisma.empty,
): Promise<readonly Row[]> {
  const [row] = await database.$queryRaw<[{ rows: string }]>`
    SELECT ${dialect.objects(['kind', 'status', 'method', ...names])} AS "rows" FROM (
      SELECT "kind", "status", "method", ${query} FROM ${from} GROUP BY "kind", "status", "method" ${having}) g`;
  return JSON.parse(row.rows) as Row[];
}

function counts(some: readonly Alike[]): AuditCounts {
  const audited = sum(some, (one) => one.audited);
  const passed = sum(some, (one) => one.passed);
  return { count: sum(some, ({ runs }) => runs), audited, auditsPassed: audited > 0 ? passed / audited : null };
}

function ofMethod(some: readonly Alike[]): MethodAggregate {
  const [{ kind, method }] = some as [Alike];
  const completed = some.filter(({ status }) => status === 'COMPLETED');
  const scored = sum(completed, (one) => one.scored);
  const meanScore = scored > 0 ? sum(completed, ({ scores }) => scores) / scored : null;
  return { kind, method: method === '' ? null : method, ...counts(some), meanScore };
}

function byKindAndMethod(one: MethodAggregate, other: MethodAggregate): number {
  const kinds = runKinds.indexOf(one.kind) - runKinds.indexOf(other.kind);
  return kinds || ((one.method ?? '') < (other.method ?? '') ? -1 : 1);
}

function sum(some: readonly Alike[], figure: (one: Alike) => number): number {
  return some.reduce((total, one) => total + figure(one), 0);
}
