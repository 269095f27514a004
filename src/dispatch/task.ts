/** What servers ask of workers, and what those say: each a value that `v8.serialize` can write, float arrays as they are. */
import { deserialize, serialize } from 'node:v8';
import { type FailureCode, TributaryError } from '../errors.ts';
import type { AttributionSelection } from '../explain/attribution/result.ts';
import type { Took } from '../jobs/messages.ts';

/** A run, by its id; of an attribution also what of its answer is wanted. */
export interface TaskRun {
  readonly id: string;
  readonly selection: AttributionSelection;
}

export type TaskWork =
  /** One circulation or generation; or attributions that differ in their targets alone, and share a selection. */
  | { readonly type: 'runs'; readonly runs: readonly TaskRun[]; readonly selection: AttributionSelection }
  /** A job of whichever kind, whose answer is not stored. */
  | { readonly type: 'job'; readonly kind: string; readonly request: unknown };

export interface Task {
  readonly id: string;
  /** Of the model. */
  readonly revision: string;
  readonly modelName: string;
  /** Whose turn it is that it takes. */
  readonly client: string;
  /** Tasks of the client's share that workers may have at once; undefined: any number. */
  readonly mostTaken: number | undefined;
  readonly work: TaskWork;
}

/** A task in the hands of a worker. */
export interface TakenTask extends Task {
  /** The how many-th time it was taken. */
  readonly attempt: number;
  /** Where it stands in the trace of who asked, as the header `traceparent` of W3C Trace Context has it. */
  readonly trace: string | undefined;
}

/** What the worker of a job says on the way. */
export type TaskStep = { readonly type: 'begun' } | { readonly type: 'step'; readonly step: unknown };

export interface TaskFailure {
  /** Absent for a fault of our own. */
  readonly code: FailureCode | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string | undefined;
}

export type TaskAnswer =
  | { readonly result: unknown; readonly took: Took | undefined }
  | { readonly failure: TaskFailure };

/** Times that a task is taken at the most: what ends its worker may be the task itself. */
export const mostAttempts = 3;

export function written(value: TaskWork | TaskStep | TaskAnswer): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(serialize(value));
}

export function readBack<Value extends TaskWork | TaskStep | TaskAnswer>(bytes: Uint8Array): Value {
  return deserialize(bytes) as Value;
}

export function failureOf(error: unknown): TaskFailure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const known = error instanceof TributaryError ? error : undefined;
  return { code: known?.code, message, details: known?.details ?? {}, stack };
}

/** As the error that it was at the worker. */
export function errorOf({ code, message, details, stack }: TaskFailure): Error {
  const error = code === undefined ? new Error(message) : new TributaryError(code, message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** The end of what has taken its workers along. */
export const lostTooOften = `Its worker was lost ${mostAttempts} times while it computed this, as where a machine has too little memory; ask again, or for less`;
