/** Which runs a group is of. */
import { inputError, unknownRun } from '../../errors.ts';
import { portionsOf } from '../../portions.ts';
import { type AnsweredRow, mostAtOnce, type SlotText } from '../../runs/many-runs.ts';
import type { OwnRuns } from '../../runs/own-runs.ts';
import type { RunFilter } from '../../runs/run-filter.ts';
import type { RunRecord } from '../../runs/types.ts';

/** Runs of a group. */
export const mostRuns = 10_000;

/** Rows of sweeps that are looked up for one: several may have one run. */
const mostRows = 100_000;

/** Every condition that is given holds. */
export interface GroupRequest {
  readonly filter?: RunFilter | undefined;
  /** Only runs that answer rows of sweeps with these texts in their slots. */
  readonly slots?: readonly SlotText[] | undefined;
  /** Only runs that answer its rows. */
  readonly sweepId?: string | undefined;
  readonly runs?: readonly string[] | undefined;
}

/** A run of a group. */
export interface Member {
  readonly run: RunRecord;
  /** What stands in the slots of the row of a sweep that it answers, of the newest of several; null where it answers none. */
  readonly slots: AnsweredRow['slots'] | null;
}

type Service = Pick<OwnRuns, 'list' | 'many' | 'sweeps'>;

/**
 * Completed runs, in the order of the ids or rows that were named, otherwise oldest first.
 * @param field of the input, for what is wrong with it
 * @param bySlots whether what stands in slots is wanted though runs are not named by it
 * @throws TributaryError INPUT for a group of more than `mostRuns` and a sweep that there is not, UNKNOWN_RUN
 */
export async function groupOf(
  field: string,
  { filter = {}, slots = [], sweepId, runs: named }: GroupRequest,
  service: Service,
  bySlots: boolean,
): Promise<Member[]> {
  if (sweepId !== undefined && !(await service.sweeps.find(sweepId)))
    throw inputError(
      `${field}.sweep`,
      `There is no sweep with the id that \`${field}.sweep\` has; \`Experiment.sweeps\` has ids of sweeps`,
    );
  const byRow = sweepId !== undefined || slots.length > 0;
  const rows = byRow ? await service.many.rowsWith(slots, sweepId, mostRows) : [];
  const slotsOf = new Map(rows.map((row) => [row.runId, row.slots]));
  const ids = named ? [...new Set(named)].filter((id) => !byRow || slotsOf.has(id)) : [...slotsOf.keys()];
  requireFew(field, ids.length);
  const runs = named || byRow ? await namedRuns(ids, filter, service) : await listedRuns(field, filter, service);
  if (bySlots && !byRow)
    for (const batch of portionsOf(runs, mostAtOnce))
      for (const row of await service.many.rowsOf(batch.map(({ id }) => id))) slotsOf.set(row.runId, row.slots);
  return runs.map((run) => ({ run, slots: slotsOf.get(run.id) ?? null }));
}

async function listedRuns(field: string, filter: RunFilter, service: Service): Promise<RunRecord[]> {
  if (filter.statuses && !filter.statuses.includes('COMPLETED')) return [];
  const all: RunRecord[] = [];
  for (;;) {
    const page = { limit: mostAtOnce, after: all.at(-1)?.id };
    const runs = await service.list(page, { ...filter, statuses: ['COMPLETED'] });
    all.push(...runs);
    requireFew(field, all.length);
    if (runs.length < mostAtOnce) return all.reverse();
  }
}

/** @throws TributaryError UNKNOWN_RUN for an id of none */
async function namedRuns(ids: readonly string[], filter: RunFilter, service: Service): Promise<RunRecord[]> {
  const runs: RunRecord[] = [];
  for (const batch of portionsOf(ids, mostAtOnce)) {
    const there = new Set((await service.many.among(batch, {})).map(({ id }) => id));
    const unknown = batch.find((id) => !there.has(id));
    if (unknown !== undefined) throw unknownRun(unknown);
    const admitted = new Map((await service.many.among(batch, filter)).map((run) => [run.id, run]));
    runs.push(...batch.flatMap((id) => admitted.get(id) ?? []).filter(({ status }) => status === 'COMPLETED'));
  }
  return runs;
}

function requireFew(field: string, count: number): void {
  if (count <= mostRuns) return;
  throw inputError(
    field,
    `A group is of at most ${mostRuns} runs, and \`${field}\` admits more; name fewer by its \`filter\`, its \`slots\` or one sweep`,
  );
}
