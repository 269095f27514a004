import { answersOf } from './access.ts';
import type { Prisma } from './generated/client.ts';
import { provenanceRow } from './profile.ts';
import { searchable } from './run-filter.ts';
import { momentOf } from './run-ids.ts';
import { textStored } from './stored-text.ts';
import type { Machine, Provenance, Question, RunProfile, RunRecord, RunStatus, Subject } from './types.ts';

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
    pinned: row.pinned,
    note: textStored(row.note),
    provenance: provenanceOf(row),
    profile: row.profile === null ? null : (JSON.parse(row.profile) as RunProfile),
    score: row.score,
    auditPassed: row.auditPassed,
    storedBytes: row.storedBytes,
    owner: row.owner,
    shared: row.shared,
    attempt: row.attempt,
  };
}

/** The row of a run that is asked for in the moment of its id. */
export function newRun(id: string, subject: Subject, question: Question, contentHash: string, owner: string) {
  return {
    id,
    kind: question.kind,
    status: 'QUEUED' satisfies RunStatus,
    contentHash,
    answers: answersOf(contentHash, owner),
    owner,
    modelName: subject.name,
    modelRevision: subject.revision,
    input: JSON.stringify(question.input),
    ...searchable(subject, question),
    ...provenanceRow(question),
    createdAt: momentOf(id),
  };
}

function provenanceOf({
  programVersion,
  methodVersion,
  machine,
}: Pick<Prisma.RunGetPayload<object>, 'programVersion' | 'methodVersion' | 'machine'>): Provenance | null {
  if (programVersion === null || methodVersion === null || machine === null) return null;
  const method = JSON.parse(methodVersion) as Provenance['method'];
  return { program: programVersion, method, machine: JSON.parse(machine) as Machine };
}
