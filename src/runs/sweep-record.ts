/** Sweeps and their rows, as they are stored. */
import type { Prisma } from './generated/client.ts';
import type { RunFailure } from './types.ts';

export const sweepStatuses = ['RUNNING', 'COMPLETED', 'CANCELLED'] as const;
export type SweepStatus = (typeof sweepStatuses)[number];

export const sweepRowStatuses = ['PENDING', 'DONE', 'FAILED'] as const;
export type SweepRowStatus = (typeof sweepRowStatuses)[number];

/** One operation asked of many prompts, targets, methods and models. */
export interface SweepRecord {
  readonly id: string;
  readonly experimentId: string;
  /** Of its experiment, and of its runs. */
  readonly owner: string;
  readonly status: SweepStatus;
  /** What was asked for. */
  readonly request: unknown;
  readonly rowCount: number;
  readonly done: number;
  /** Of `done`, those whose run was there before. */
  readonly found: number;
  readonly failed: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface SweepRowRecord {
  readonly sweepId: string;
  /** Dense from 0 within a sweep. */
  readonly index: number;
  readonly status: SweepRowStatus;
  readonly slots: Readonly<Record<string, string>>;
  /** The question as it is asked of the model. */
  readonly request: unknown;
  /** The run that answers it; null until then, and once that was deleted. */
  readonly runId: string | null;
  readonly found: boolean;
  readonly error: RunFailure | null;
}

/** A row that has its answer. */
export interface EndedRow {
  readonly index: number;
  readonly runId: string;
  /** Whether that run was there before. */
  readonly found: boolean;
}

/** A row that has none. */
export interface FailedRow extends RunFailure {
  readonly index: number;
}

/** What is read of a sweep beside its own columns. */
export const withOwner = { experiment: { select: { owner: true } } } as const;

export function sweepRecord({
  status,
  request,
  experiment: { owner },
  ...row
}: Prisma.SweepGetPayload<{ include: typeof withOwner }>): SweepRecord {
  return { ...row, owner, status: status as SweepStatus, request: JSON.parse(request) };
}

export function sweepRowRecord({
  status,
  slots,
  request,
  errorCode,
  errorMessage,
  ...row
}: Prisma.SweepRowGetPayload<object>): SweepRowRecord {
  return {
    ...row,
    status: status as SweepRowStatus,
    slots: JSON.parse(slots) as SweepRowRecord['slots'],
    request: JSON.parse(request),
    error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
  };
}
