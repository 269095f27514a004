/** Figures of many runs: how many there are, of which kinds, and what they came to. */
import { admitted, alike } from './admitted.ts';
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
export async function aggregatesOf(database: Queried, filter: RunFilter): Promise<RunAggregates> {
  const some = isTallied(filter) ? await tallied(database, filter) : await counted(database, filter);
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
export async function totals(database: Queried): Promise<{ runs: number; events: number }> {
  const { runs, events } = await totalsOf(database, undefined);
  return { runs, events };
}

/** The same of an owner, undefined: of all, and the bytes of what their runs tell and answer. */
export async function totalsOf(
  database: Queried,
  owner: string | undefined,
): Promise<{ runs: number; events: number; storedBytes: number }> {
  const [row] = await database.$queryRaw<[{ totals: string }]>`
    SELECT json_object('runs', TOTAL("runs"), 'events', TOTAL("events"), 'storedBytes', TOTAL("bytes")) AS "totals"
    FROM "RunTally" t WHERE "experimentId" = '' AND ${alike('t', { owner })}`;
  return JSON.parse(row.totals) as { runs: number; events: number; storedBytes: number };
}

function isTallied({ prompt, createdAfter, createdBefore }: RunFilter): boolean {
  return !(prompt || createdAfter || createdBefore);
}

async function tallied(database: Queried, filter: RunFilter): Promise<readonly Alike[]> {
  const { experiment, experimentOwner = '' } = filter;
  const whose =
    typeof experiment === 'string'
      ? Prisma.sql`(SELECT "id" FROM "Experiment" WHERE "owner" = ${experimentOwner} AND "name" = ${experiment})`
      : Prisma.sql`''`;
  const rows = await grouped<Alike & { readonly beyond: number }>(
    database,
    Prisma.sql`'runs', SUM("runs"), 'events', SUM("events"), 'scored', SUM("scored"),
      'scores', CAST(SUM("scoreSum") AS REAL) / ${scoreUnits}, 'beyond', SUM("scoresBeyond"),
      'audited', SUM("audited"), 'passed', SUM("auditsPassed")`,
    Prisma.sql`"RunTally" t WHERE "experimentId" = ${whose} AND "runs" > 0 AND ${alike('t', filter)}`,
  );
  return rows.some(({ beyond }) => beyond > 0) ? counted(database, filter) : rows;
}

async function counted(database: Queried, filter: RunFilter): Promise<readonly Alike[]> {
  const all: Alike[] = [];
  for await (const ids of admitted(database, { limit: stretch }, filter))
    all.push(
      ...(await grouped<Alike>(
        database,
        Prisma.sql`'runs', COUNT(*), 'events', SUM("eventCount"), 'scored', COUNT("score"), 'scores', TOTAL("score"),
          'audited', COUNT("auditPassed"), 'passed', TOTAL("auditPassed")`,
        Prisma.sql`(SELECT "kind", "status", COALESCE("method", '') AS "method", "eventCount", "score", "auditPassed"
          FROM "Run" WHERE "id" IN (SELECT "value" FROM json_each(${JSON.stringify(ids)})))`,
      )),
    );
  return all;
}

/** @param figures of a group, as names and values @param from and a condition */
async function grouped<Row>(database: Queried, figures: Prisma.Sql, from: Prisma.Sql): Promise<readonly Row[]> {
  const [row] = await database.$queryRaw<[{ rows: string }]>`SELECT json_group_array(json("row")) AS "rows" FROM (
    SELECT json_object('kind', "kind", 'status', "status", 'method', "method", ${figures}) AS "row"
    FROM ${from} GROUP BY "kind", "status", "method")`;
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
