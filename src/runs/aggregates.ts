/** Figures of many runs: how many there are, of which kinds, and what they came to. */
import type { PrismaClient } from './generated/client.ts';
import { conditionsOf, type RunFilter } from './run-filter.ts';
import { listed, stretchesOf } from './run-search.ts';
import { type RunKind, type RunStatus, runKinds, runStatuses } from './types.ts';

interface AuditCounts {
  readonly count: number;
  /** How many have an audit. */
  readonly audited: number;
  /** Which share of those passed it, from 0 to 1; null where none has one. */
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

/** Runs that are alike in what they are counted by. */
interface Alike {
  readonly kind: string;
  readonly method: string | null;
  readonly status: string;
  readonly auditPassed: boolean | null;
  readonly count: number;
  /** How many have a score, and the sum of their scores. */
  readonly scored: number;
  readonly total: number;
}

/** Of the runs that a filter admits. */
export async function aggregatesOf(
  database: Pick<PrismaClient, 'run' | 'experiment' | 'experimentRun'>,
  filter: RunFilter,
): Promise<RunAggregates> {
  const all = filter.prompt ? await oneByOne(database, filter) : await grouped(database, filter);
  const methods = Map.groupBy(all, ({ kind, method }) => JSON.stringify([kind, method]));
  return {
    ...counts(all),
    byStatus: runStatuses.flatMap((status) => {
      const count = sum(all, (some) => (some.status === status ? some.count : 0));
      return count > 0 ? [{ status, count }] : [];
    }),
    byMethod: [...methods.values()].map(ofMethod).sort(byKindAndMethod),
  };
}

async function grouped({ run }: Pick<PrismaClient, 'run'>, filter: RunFilter): Promise<Alike[]> {
  const rows = await run.groupBy({
    by: ['kind', 'method', 'status', 'auditPassed'],
    where: conditionsOf(filter),
    _count: { _all: true, score: true },
    _sum: { score: true },
  });
  return rows.map(({ _count, _sum, ...alike }) => ({
    ...alike,
    count: _count._all,
    scored: _count.score,
    total: _sum.score ?? 0,
  }));
}

/** Where a text is looked for, which SQLite does not do by itself: see `hasPrompt`. */
async function oneByOne(database: Parameters<typeof listed>[0], filter: RunFilter): Promise<Alike[]> {
  const all: Alike[] = [];
  for await (const rows of stretchesOf((page) => listed(database, page, filter)))
    for (const { kind, method, status, auditPassed, score } of rows)
      all.push({ kind, method, status, auditPassed, count: 1, scored: score === null ? 0 : 1, total: score ?? 0 });
  return all;
}

function counts(all: readonly Alike[]): AuditCounts {
  const audited = sum(all, ({ auditPassed, count }) => (auditPassed === null ? 0 : count));
  const passed = sum(all, ({ auditPassed, count }) => (auditPassed ? count : 0));
  return { count: sum(all, ({ count }) => count), audited, auditsPassed: audited > 0 ? passed / audited : null };
}

function ofMethod(all: readonly Alike[]): MethodAggregate {
  const [{ kind, method }] = all as [Alike];
  const completed = all.filter(({ status }) => status === 'COMPLETED');
  const scored = sum(completed, (some) => some.scored);
  const meanScore = scored > 0 ? sum(completed, ({ total }) => total) / scored : null;
  return { kind: kind as RunKind, method, ...counts(all), meanScore };
}

function byKindAndMethod(one: MethodAggregate, other: MethodAggregate): number {
  const kinds = runKinds.indexOf(one.kind) - runKinds.indexOf(other.kind);
  return kinds || ((one.method ?? '') < (other.method ?? '') ? -1 : 1);
}

function sum(all: readonly Alike[], figure: (some: Alike) => number): number {
  return all.reduce((total, some) => total + figure(some), 0);
}
