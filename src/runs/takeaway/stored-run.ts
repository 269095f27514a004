/** A run with all that is stored of it, as its rows have it: read to be taken along, and put where it was brought to. */
import { answersOf } from '../access.ts';
import { experimentRecord } from '../experiment-list.ts';
import { join } from '../experiment-members.ts';
import type { ExperimentDetails } from '../experiment-store.ts';
import type { Prisma } from '../generated/client.ts';
import { bytesOf } from '../rows.ts';
import { searchable } from '../run-filter.ts';
import { idOfCopy } from '../run-ids.ts';
import { runRecord } from '../run-record.ts';
import { storedText } from '../stored-text.ts';
import type { Transaction } from '../transactions.ts';

export type RunRow = Prisma.RunGetPayload<object>;
export type EventRow = Prisma.EventGetPayload<object>;
export type PartRow = Prisma.PartGetPayload<object>;

export interface StoredRun {
  readonly run: RunRow;
  /** In order. */
  readonly events: readonly Omit<EventRow, 'runId'>[];
  readonly parts: readonly Omit<PartRow, 'runId'>[];
  /** By name. */
  readonly experiments: readonly ExperimentDetails[];
}

/** What is read of runs; absent: all. */
export interface Wanted {
  /** Names of parts. */
  readonly parts?: readonly string[];
  /** Types of events. */
  readonly events?: readonly string[];
}

/** What became of a run that was brought: it is there now, it was there before, or its id is another run's. */
export interface Put {
  readonly how: 'PUT' | 'THERE' | 'TAKEN';
  /** Of the run that is there: another than it was brought with where that is of somebody else's run. */
  readonly id: string;
}

/** In the order of ids; those that are not there are left out. */
export async function readStored(
  database: Transaction,
  ids: readonly string[],
  { parts: names, events: types }: Wanted = {},
): Promise<StoredRun[]> {
  const runId = { in: [...ids] };
  // Before the events: figures that are added meanwhile are told by more events than the parts say, never by fewer.
  const parts = await database.part.findMany({
    where: { runId, ...(names && { name: { in: [...names] } }) },
    orderBy: { name: 'asc' },
  });
  const runs = await database.run.findMany({ where: { id: runId }, orderBy: { id: 'asc' } });
  const events = await database.event.findMany({
    where: { runId, ...(types && { type: { in: [...types] } }) },
    orderBy: [{ runId: 'asc' }, { sequence: 'asc' }],
  });
  const members = await database.experimentRun.findMany({ where: { runId }, include: { experiment: true } });
  const partsOf = Map.groupBy(parts, ({ runId }) => runId);
  const eventsOf = Map.groupBy(events, ({ runId }) => runId);
  const membersOf = Map.groupBy(members, ({ runId }) => runId);
  return runs.map((run) => ({
    run,
    events: eventsOf.get(run.id) ?? [],
    parts: partsOf.get(run.id) ?? [],
    experiments: (membersOf.get(run.id) ?? [])
      .map(({ experiment }) => experimentRecord(experiment))
      .map(({ name, description, tags }) => ({ name, description, tags }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }));
}

/**
 * Puts runs that are over as they are, with what follows from them, as runs of an owner. One that is there already stays as it is, and
 * joins the experiments all the same. One whose question another run of the owner answers is put beside that, which goes on answering
 * it. Where somebody else has the run, the owner has a copy of it under another id: that there is such a run is told to nobody.
 * @param newId for experiments that are not there
 * @returns what became of each, in order
 */
export async function putStored(
  transaction: Transaction,
  brought: readonly StoredRun[],
  owner: string,
  newId: () => string,
  now: Date,
): Promise<Put[]> {
  const ids = brought.flatMap(({ run: { id } }) => [id, idOfCopy(id, owner)]);
  const rows = await transaction.run.findMany({
    where: { id: { in: ids } },
    select: { id: true, contentHash: true, owner: true },
  });
  const there = new Map(rows.map((row) => [row.id, row]));
  const all = brought.map((stored) => {
    const { id } = stored.run;
    const copy = idOfCopy(id, owner);
    const isOthers = (there.get(id)?.owner ?? owner) !== owner;
    return owned(stored, isOthers || there.get(copy)?.owner === owner ? copy : id, owner);
  });
  const hashes = all.flatMap(({ run: { answers } }) => answers ?? []);
  const answering = await transaction.run.findMany({ where: { answers: { in: hashes } }, select: { answers: true } });
  const answered = new Set(answering.map(({ answers }) => answers));
  const fresh: StoredRun[] = [];
  const outcomes = all.map((stored): Put => {
    const { id, contentHash, answers } = stored.run;
    const known = there.get(id);
    if (known) return { how: known.contentHash === contentHash ? 'THERE' : 'TAKEN', id };
    there.set(id, { id, contentHash, owner });
    fresh.push(answers && answered.has(answers) ? { ...stored, run: { ...stored.run, answers: null } } : stored);
    if (answers) answered.add(answers);
    return { how: 'PUT', id };
  });
  await transaction.run.createMany({ data: fresh.map(rowOf) });
  await transaction.event.createMany({ data: fresh.flatMap(({ run, events }) => events.map((row) => of(run, row))) });
  await transaction.part.createMany({ data: fresh.flatMap(({ run, parts }) => parts.map((row) => of(run, row))) });
  const joining = all.filter((_, index) => outcomes[index]?.how !== 'TAKEN');
  await joinAll(transaction, joining, owner, newId, now);
  return outcomes;
}

function owned(stored: StoredRun, id: string, owner: string): StoredRun {
  const { run } = stored;
  const answers = run.answers === null ? null : answersOf(run.answers, owner);
  return { ...stored, run: { ...run, id, owner, answers } };
}

function of<Row extends object>({ id }: RunRow, row: Row): Row & { runId: string } {
  return { ...row, runId: id };
}

/** With the columns by which it is found, and what it takes, worked out here. */
function rowOf({ run, events, parts }: StoredRun): RunRow {
  const { question, promptText } = runRecord(run);
  const found = searchable(promptText === null ? {} : { textOf: () => promptText }, question);
  return {
    ...run,
    method: found.method ?? null,
    promptFolded: found.promptFolded ?? null,
    eventCount: events.length,
    storedBytes: bytesOf(events) + bytesOf(parts),
  };
}

/** An experiment that is there under its name keeps what is written of it. */
async function joinAll(
  transaction: Transaction,
  runs: readonly StoredRun[],
  owner: string,
  newId: () => string,
  now: Date,
): Promise<void> {
  const named = new Map(runs.flatMap(({ experiments }) => experiments.map((one) => [one.name, one] as const)));
  for (const { name, description, tags } of named.values()) {
    const data = { owner, name, description: storedText(description), tags: JSON.stringify(tags), createdAt: now };
    const { id } =
      (await transaction.experiment.findUnique({ where: { owner_name: { owner, name } } })) ??
      (await transaction.experiment.create({ data: { id: newId(), ...data } }));
    const joining = runs.filter(({ experiments }) => experiments.some((one) => one.name === name));
    await join(
      transaction,
      id,
      joining.map(({ run }) => run.id),
      now,
    );
  }
}
