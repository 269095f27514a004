/** How runs end otherwise than with their answer. */
import { type FailureCode, failures, TributaryError } from '../errors.ts';
import { isOver, type RunRecord, type RunStep } from './types.ts';

/** The end of a run whose process stops, or has stopped without a word. */
export const interrupted: RunStep = {
  type: 'FAILED',
  code: 'INTERRUPTED',
  message: 'The server stopped while this run was under way; ask again to run it anew',
};

/** The end of a run that nothing executes any more, told when its own could not be stored. */
export const lost: RunStep = {
  type: 'FAILED',
  code: 'OVER_CAPACITY',
  message: 'How this run ended could not be stored; ask again to run it anew',
};

/** What is told of such a run as long as it has no end. */
export function endNotStored({ id }: Pick<RunRecord, 'id'>): TributaryError {
  return new TributaryError(
    'OVER_CAPACITY',
    `How run ${id} ended could not be stored, as where the disk of the server is full or its database is locked; when that has passed, ask the same again to run it anew`,
  );
}

/** What is told to who has heard more of a run than there is: that was not on the disk yet when the machine lost its power. */
export function forgotten({ id, eventCount }: Pick<RunRecord, 'id' | 'eventCount'>): TributaryError {
  return new TributaryError(
    'RUN_STATE',
    `Run ${id} is over after ${eventCount} events; what it told beyond them is lost, as where the server's machine loses its power. Ask the same again to run it anew`,
  );
}

/** The end of a run that nobody reads. */
export const abandoned: RunStep = {
  type: 'CANCELLED',
  reason: {
    code: 'ABANDONED',
    message: 'Nobody was there any more to read this run; ask again, or with `keep: true`',
  },
};

/** Why a run is ended before it has its answer. */
export function cancelled(message = 'The run was cancelled'): TributaryError {
  return new TributaryError('CANCELLED', message);
}

/** The end of a run whose work threw this. What is not written for clients stays in the log. */
export function endOf(error: unknown): RunStep {
  if (error instanceof TributaryError) {
    return error.code === 'CANCELLED'
      ? { type: 'CANCELLED' }
      : { type: 'FAILED', code: error.code, message: error.message };
  }
  return { type: 'FAILED', code: 'INTERNAL', message: 'The run failed by a fault of the server; its log says more' };
}

/** Why a run has no answer, as the error of whoever waited for one. */
export function failureOf(run: RunRecord): Error {
  const { status, error } = run;
  if (!isOver(status)) return endNotStored(run);
  if (status === 'CANCELLED') return cancelled(error?.message);
  if (error?.code === 'INTERRUPTED') return new TributaryError('CANCELLED', error.message);
  if (error && Object.hasOwn(failures, error.code)) return new TributaryError(error.code as FailureCode, error.message);
  return new Error(error?.message ?? `The run is ${status}`);
}

export function notCancellable({ id, status }: RunRecord): TributaryError {
  return new TributaryError(
    'RUN_STATE',
    `Run ${id} is ${status} already; only a queued or running run can be cancelled`,
  );
}
