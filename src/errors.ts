/**
 * Every error that a client can be told of, in one table: what stands in the schema and in the documentation is read off it.
 * A message says what was wrong and what would be right.
 */

/** Expected failures, by their code, with the GraphQL type that carries each. */
export const failures = {
  INPUT: {
    type: 'InputError',
    description:
      'A value of the input is out of its bounds, or an option is one that the method does not take; `field` says which.',
  },
  UNKNOWN_MODEL: {
    type: 'UnknownModelError',
    description: 'The server has no model of this name; the message lists those that it has.',
  },
  CHECKPOINT: {
    type: 'CheckpointError',
    description: "The model's files are damaged, contradict each other, or ask for something that is not supported.",
  },
  PROMPT: {
    type: 'PromptError',
    description:
      'The prompt is empty, too long for the model, or names tokens that it does not have; or it is messages, and the model has no chat template or one that does not write them.',
  },
  TARGET: {
    type: 'TargetError',
    description:
      'The target, or the baseline, is not one token of the vocabulary, or the position of the target, or its span, is outside of the prompt.',
  },
  OVER_CAPACITY: {
    type: 'OverCapacityError',
    description:
      'The server has as much to do as it may take on, or cannot store what it does; try again later, or ask for less.',
  },
  NO_WORKER: {
    type: 'NoWorkerError',
    description:
      'Of several machines, none that computes has the model; the message lists those that there are and what they have. Try again once one has it.',
  },
  UNKNOWN_RUN: { type: 'UnknownRunError', description: 'There is no run with this id.' },
  UNKNOWN_SWEEP: { type: 'UnknownSweepError', description: 'There is no sweep with this id.' },
  UNKNOWN_EXPERIMENT: { type: 'UnknownExperimentError', description: 'There is no experiment with this id.' },
  RUN_STATE: {
    type: 'RunStateError',
    description:
      "The status of the run, or of the sweep, does not allow this, or the run's events do not tell what is asked of them.",
  },
  READ_ONLY: {
    type: 'ReadOnlyError',
    description: 'The run is shared by its owner: who else reads it cannot change it, nor have more of it computed.',
  },
  CANCELLED: { type: 'CancelledError', description: 'The run was cancelled before it had an answer.' },
} as const;

/** Why a run has ended without its answer, beside those. */
export const runEnds = {
  INTERRUPTED: { description: 'The server stopped while the run was under way; asking again runs it anew.' },
  INTERNAL: { description: 'A fault of the server, which its log tells.' },
  ABANDONED: { description: 'Nobody was there any more to read the run, and nobody had asked to keep it.' },
} as const;

/** Why a request is not answered at all: codes in `extensions` of errors, beside those of failures. */
export const refusals = {
  BAD_REQUEST: {
    description:
      'The request cannot be read, or was sent to the wrong place or in the wrong way; the HTTP status says how.',
  },
  UNAUTHENTICATED: {
    description:
      'The server wants to know who asks, and the request has no API key or token that it takes; the message says what is wrong with it.',
  },
  ISSUER_UNAVAILABLE: {
    description: 'The issuer of tokens does not answer, so that none can be checked; try again later.',
  },
  FORBIDDEN: {
    description:
      'The server does not answer this page, under this name, or this by a plain `GET`; or the key lacks a scope, which the message names.',
  },
  UNTRUSTED_DOCUMENT: {
    description:
      'The server answers trusted documents only, and this is none of them: see [trusted documents](clients.md#trusted-documents).',
  },
  TOO_MANY_REQUESTS: {
    description:
      'Whoever asks has sent more requests, or has more WebSockets open, than one key or address may; `retryAfter` beside the code says after how many seconds there is room, null where that depends on what is closed.',
  },
  NOT_ACCEPTABLE: { description: 'Nothing that the header `Accept` allows can be sent.' },
  GRAPHQL_PARSE_FAILED: { description: 'The document is no GraphQL, or has too many tokens.' },
  GRAPHQL_VALIDATION_FAILED: {
    description: 'The document or its variables do not fit the schema, or are over a limit.',
  },
  QUERY_COMPLEXITY: { description: 'The document would cost more than it may; the message tells both.' },
  OPERATION_RESOLUTION_FAILURE: {
    description: 'The document has no operation of the name `operationName`, or several where none is named.',
  },
  INTERNAL_SERVER_ERROR: { description: 'A fault of the server, which its log tells.' },
} as const;

export type FailureCode = keyof typeof failures;

/** Of the GraphQL enum. */
export type ErrorCode = FailureCode | keyof typeof runEnds;

export type RefusalCode = keyof typeof refusals;

/** A code as it was stored with a run, perhaps by another version. */
export function storedCode(code: string): ErrorCode {
  return Object.hasOwn(failures, code) || Object.hasOwn(runEnds, code) ? (code as ErrorCode) : 'INTERNAL';
}

/** An expected failure: its code says which kind, its message is written for the person who made the request. */
export class TributaryError extends Error {
  readonly code: FailureCode;
  /** What the GraphQL type of this code carries besides the message, e.g. the `candidates` of a TargetError. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: FailureCode,
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

export function unknownSweep(id: string): TributaryError {
  const message = `There is no sweep ${id}; \`sweeps\` of an experiment lists those that there are`;
  return new TributaryError('UNKNOWN_SWEEP', message);
}

export function unknownExperiment(id: string): TributaryError {
  const message = `There is no experiment ${id}; the query \`experiments\` lists those that there are`;
  return new TributaryError('UNKNOWN_EXPERIMENT', message);
}

/** @param field where it stands in what was asked, its names joined by dots: `options.steps` */
export function inputError(field: string, message: string): TributaryError {
  return new TributaryError('INPUT', message, { field });
}

/** Reads what stands at a path of an input: a wrong value in it is told of by its whole path. */
export function within<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TributaryError) || error.code !== 'INPUT') throw error;
    throw inputError(`${path}.${error.details.field}`, error.message);
  }
}

/** @returns what is wrong with a number; undefined within its bounds */
export function outOfBounds(field: string, value: number, least: number, most: number): TributaryError | undefined {
  if (Number.isInteger(value) && value >= least && value <= most) return undefined;
  const [name] = field.split('.').slice(-1);
  return inputError(field, `\`${name}\` is a whole number from ${least} to ${most}, not ${value}`);
}

/** @throws TributaryError INPUT for a number out of bounds */
export function requireInBounds(...number: Parameters<typeof outOfBounds>): void {
  const wrong = outOfBounds(...number);
  if (wrong) throw wrong;
}
