/** Runs that were answered together, stored at once: each is as if it had been asked for, and answered, by itself. */
import { answersOf } from './access.ts';
import type { Cell, Dialect } from './dialect.ts';
import { type Encoded, encode } from './encoding.ts';
import { audited, bytesOf, type Part } from './rows.ts';
import { newRun } from './run-record.ts';
import type { Transaction } from './transactions.ts';
import { isOver, type Question, type RunProfile, type RunStatus, type RunStep, type Subject } from './types.ts';

/** A question with its answer, which is no run yet. */
export interface AnsweredQuestion {
  readonly subject: Subject;
  readonly question: Question;
  readonly contentHash: string;
  /** Of the run that it becomes, made when it was asked for. */
  readonly id: string;
  /** When a worker took it. */
  readonly startedAt: Date;
  /** All that is told of it; the last one completes it. Those that are told of several are the same objects. */
  readonly steps: readonly RunStep[];
  readonly parts: readonly Part[];
  /** Where the time went. */
  readonly profile: RunProfile | undefined;
}

/** The run that answers a question. */
export interface Placed {
  readonly id: string;
  /** Whether it is this answer, or another one's that was there before; of a run under way there is none yet. */
  readonly how: 'STORED' | 'FOUND' | 'UNDER_WAY';
}

/** One run of the owner for each question, in their order; no two of the questions are the same. */
export async function putAnswered(
  transaction: Transaction,
  dialect: Dialect,
  answered: readonly AnsweredQuestion[],
  at: Date,
  owner: string,
): Promise<Placed[]> {
  const hashes = answered.map(({ contentHash }) => answersOf(contentHash, owner));
  const rows = await transaction.run.findMany({
    where: { answers: { in: hashes } },
    select: { id: true, answers: true, status: true },
  });
  const there = new Map(rows.map((row) => [row.answers, row]));
  const stored: AnsweredQuestion[] = [];
  const placed = answered.map((answer): Placed => {
    const other = there.get(answersOf(answer.contentHash, owner));
    if (other) return { id: other.id, how: isOver(other.status as RunStatus) ? 'FOUND' : 'UNDER_WAY' };
    stored.push(answer);
    return { id: answer.id, how: 'STORED' };
  });
  await putRuns(transaction, dialect, stored, at, owner);
  return placed;
}

async function putRuns(
  transaction: Transaction,
  dialect: Dialect,
  stored: readonly AnsweredQuestion[],
  at: Date,
  owner: string,
): Promise<void> {
  const encoded = new Map<RunStep, Encoded>();
  const encodedStep = (step: RunStep) => {
    const { type: _, ...rest } = step;
    const known = encoded.get(step) ?? encode(rest);
    encoded.set(step, known);
    return known;
  };
  const rows = stored.map(({ steps, parts, ...answer }) => {
    const events = steps.map((step) => ({ type: step.type, ...encodedStep(step) }));
    const encodedParts = parts.map(({ name, count, value }) => ({ name, count, ...encode(value) }));
    return { ...answer, steps, events, parts: encodedParts };
  });
  const runs = rows.map(({ id, subject, question, contentHash, startedAt, profile, ...row }) => ({
    ...newRun(id, subject, question, contentHash, owner),
    status: 'COMPLETED' satisfies RunStatus,
    startedAt,
    finishedAt: at,
    eventCount: row.events.length,
    storedBytes: bytesOf(row.events) + bytesOf(row.parts),
    profile: profile ? JSON.stringify(profile) : null,
    ...audited(row.steps.at(-1) as RunStep),
  }));
  const columns = [...new Set(runs.flatMap((run) => Object.keys(run)))];
  const cellsOf = (run: Readonly<Record<string, Cell | undefined>>) => columns.map((column) => run[column] ?? null);
  await dialect.insertRows(transaction, 'Run', columns, runs.map(cellsOf));
  const events = rows.flatMap(({ id, events }) =>
    events.map(({ type, payload, arrays }, sequence) => [id, sequence, at, type, payload, arrays]),
  );
  await dialect.insertRows(transaction, 'Event', ['runId', 'sequence', 'at', 'type', 'payload', 'arrays'], events);
  const parts = rows.flatMap(({ id, parts }) =>
    parts.map(({ name, count, payload, arrays }) => [id, name, count, payload, arrays]),
  );
  await dialect.insertRows(transaction, 'Part', ['runId', 'name', 'count', 'payload', 'arrays'], parts);
}
