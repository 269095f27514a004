/** What a run tells and answers, as rows: events, and parts of an answer. */
import { decode, type Encoded, encode } from './encoding.ts';
import { placeOf, withFigures } from './figures.ts';
import type { Prisma } from './generated/client.ts';
import { runRecord } from './run-record.ts';
import type { Transaction } from './transactions.ts';
import { type RunProfile, type RunRecord, type RunStep, type StoredEvent, statusAfter } from './types.ts';

/** A stored part of an attribution's answer. */
export interface Part {
  readonly name: string;
  /** How many were asked for, of a part that is a list of the strongest; 0 of the others. */
  readonly count: number;
  readonly value: unknown;
}

type EventRow = Prisma.EventGetPayload<object>;

/** An event as its row has it. */
export function storedEvent(row: EventRow): StoredEvent {
  return { runId: row.runId, seq: row.sequence, at: row.at, step: stepIn(row) };
}

function stepIn({ type, payload, arrays }: EventRow): RunStep {
  return { type, ...decode<object>({ payload, arrays }) } as RunStep;
}

/** What is stored of a run together with its last steps. */
export interface Beside {
  readonly profile?: RunProfile | undefined;
  /** Bytes of its parts. */
  readonly bytes?: number;
}

/** Steps behind those of a run that is not over. */
export async function putSteps(
  transaction: Transaction,
  { id, eventCount }: Pick<RunRecord, 'id' | 'eventCount'>,
  steps: readonly RunStep[],
  at: Date,
  { profile, bytes = 0 }: Beside = {},
): Promise<void> {
  const data = steps.map(({ type, ...rest }, index) => ({
    runId: id,
    sequence: eventCount + index,
    at,
    type,
    ...encode(rest),
  }));
  await transaction.event.createMany({ data });
  // Many, though it is one: an update of one reads back what it has written.
  await transaction.run.updateMany({
    where: { id },
    data: {
      eventCount: eventCount + steps.length,
      storedBytes: { increment: bytesOf(data) + bytes },
      ...(profile && { profile: JSON.stringify(profile) }),
      ...ending(steps.at(-1), at),
    },
  });
}

/** What is told already stays as it is, but for a list that gives way to a longer one; a run that has told nothing tells all. */
export async function addFigures(
  transaction: Transaction,
  runId: string,
  steps: readonly RunStep[],
  at: Date,
): Promise<void> {
  const rows = await transaction.event.findMany({ where: { runId }, orderBy: { sequence: 'asc' } });
  if (rows.length === 0) {
    const run = await transaction.run.findUniqueOrThrow({ where: { id: runId } });
    await putSteps(transaction, runRecord(run), steps, at);
    // It ended when it ended.
    await transaction.run.update({ where: { id: runId }, data: { finishedAt: run.finishedAt } });
    return;
  }
  const added = new Map(steps.map((step) => [placeOf(step), step]));
  for (const row of rows) {
    const { sequence } = row;
    const told = stepIn(row);
    const { type: _, ...whole } = withFigures(told, added.get(placeOf(told)));
    const where = { runId_sequence: { runId, sequence } };
    await transaction.event.update({ where, data: encode(whole) });
  }
}

/** Parts of which the run has none yet. @returns their bytes */
export async function putParts(transaction: Transaction, runId: string, parts: readonly Part[]): Promise<number> {
  const data = parts.map(({ name, count, value }) => ({ runId, name, count, ...encode(value) }));
  await transaction.part.createMany({ data });
  return bytesOf(data);
}

/** Counts anew what the events and parts of a run take. */
export async function countBytes(transaction: Transaction, runId: string): Promise<void> {
  const [[events], [parts]] = [
    await transaction.$queryRaw<
      [{ bytes: bigint | null }]
    >`SELECT SUM(OCTET_LENGTH("payload") + OCTET_LENGTH("arrays")) AS "bytes" FROM "Event" WHERE "runId" = ${runId}`,
    await transaction.$queryRaw<
      [{ bytes: bigint | null }]
    >`SELECT SUM(OCTET_LENGTH("payload") + OCTET_LENGTH("arrays")) AS "bytes" FROM "Part" WHERE "runId" = ${runId}`,
  ];
  const storedBytes = Number(events.bytes ?? 0) + Number(parts.bytes ?? 0);
  await transaction.run.updateMany({ where: { id: runId }, data: { storedBytes } });
}

/** What rows take in the file, indexes aside. */
export function bytesOf(rows: readonly Encoded[]): number {
  return rows.reduce((sum, { payload, arrays }) => sum + Buffer.byteLength(payload) + arrays.byteLength, 0);
}

/** What the last step means for its run. A run that did not complete gives its question free again. */
function ending(step: RunStep | undefined, at: Date): Prisma.RunUpdateManyMutationInput {
  const status = step && statusAfter(step);
  if (!status) return {};
  const why = step.type === 'FAILED' ? step : step.type === 'CANCELLED' ? step.reason : undefined;
  const failure = why && { errorCode: why.code, errorMessage: why.message };
  return { status, finishedAt: at, ...failure, ...audited(step), ...(status !== 'COMPLETED' && { answers: null }) };
}

/** What was explained, and whether it adds up, of a step that completes a run. */
export function audited(step: RunStep): { score?: number; auditPassed?: boolean } {
  if (step.type !== 'COMPLETED' || !('audit' in step)) return {};
  const { audit } = step;
  const score = 'tracked' in step ? step.tracked.reduce((sum, token) => sum + token.score, 0) : audit.logit;
  return { score, auditPassed: audit.passed };
}
