/**
 * Every failure that a client can expect, in one table. The key is the code; the value is the name of the GraphQL
 * type that carries it. A message says what was wrong and what would be right.
 */
export const errorTypes = {
  UNKNOWN_MODEL: 'UnknownModelError',
  CHECKPOINT: 'CheckpointError',
  PROMPT: 'PromptError',
  TARGET: 'TargetError',
  OVER_CAPACITY: 'OverCapacityError',
  UNKNOWN_RUN: 'UnknownRunError',
  RUN_STATE: 'RunStateError',
  CANCELLED: 'CancelledError',
} as const;

export type ErrorCode = keyof typeof errorTypes;

/** An expected failure: its code says which kind, its message is written for the person who made the request. */
export class TributaryError extends Error {
  readonly code: ErrorCode;
  /** What the GraphQL type of this code carries besides the message, e.g. the `candidates` of a TargetError. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TributaryError';
    this.code = code;
    this.details = details;
  }
}

export function unknownRun(id: string): TributaryError {
  return new TributaryError('UNKNOWN_RUN', `There is no run ${id}; the query \`runs\` lists those that there are`);
}
