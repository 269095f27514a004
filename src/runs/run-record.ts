import type { Prisma } from './generated/client.ts';
import type { Question, RunRecord, RunStatus } from './types.ts';

/** A run as its row has it. */
export function runRecord(row: Prisma.RunGetPayload<object>): RunRecord {
  const { kind, input, status, errorCode, errorMessage } = row;
  return {
    id: row.id,
    question: { kind, input: JSON.parse(input) } as Question,
    promptText: row.promptText === null ? null : (JSON.parse(row.promptText) as string),
    status: status as RunStatus,
    contentHash: row.contentHash,
    modelName: row.modelName,
    modelRevision: row.modelRevision,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
    eventCount: row.eventCount,
    experimentId: row.experimentId,
  };
}
