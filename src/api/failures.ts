/** The GraphQL types of expected failures: members of every result, not thrown. */
import { type ErrorCode, type FailureCode, failures, runEnds, TributaryError } from '../errors.ts';
import { requestScope } from '../request-scope.ts';
import type { Worker as WorkerTold } from '../worker-state.ts';
import { builder } from './builder.ts';
import { asGraphQLError } from './graphql-error.ts';
import { candidatesOf, TargetCandidate } from './models/candidate.ts';
import { type Candidates, mostCandidates } from './models/prompt.ts';
import { Worker } from './workers/worker.ts';

/** A failure as a value: GraphQL takes any Error that a resolver returns for one that it throws. */
export class Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor({ code, message, details }: TributaryError) {
    this.code = code;
    this.message = message;
    this.details = details;
    requestScope.getStore()?.operation?.failed(code);
  }
}

export const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description:
    'Which kind of error, for programs: of the types that implement `Error`, and of what a run has ended by, which may also be `INTERRUPTED`, `INTERNAL` or `ABANDONED`.',
  values: { ...failures, ...runEnds } satisfies Record<ErrorCode, object>,
});

const FailureInterface = builder.interfaceRef<Failure>('Error').implement({
  description: 'Something was wrong with the request. The message says what, and what would be right.',
  resolveType: ({ code }) => failures[code].type,
  fields: (t) => ({
    code: t.field({
      type: ErrorCodeEnum,
      description: 'Which kind of error, for programs.',
      resolve: ({ code }) => code,
    }),
    message: t.exposeString('message', { description: 'What was wrong and what would be right, for people.' }),
  }),
});

function failure(code: FailureCode) {
  const { type, description } = failures[code];
  return builder.objectRef<Failure>(type).implement({ description, interfaces: [FailureInterface] });
}

export const UnknownModelError = failure('UNKNOWN_MODEL');
export const CheckpointError = failure('CHECKPOINT');
export const PromptError = failure('PROMPT');
export const UnknownRunError = failure('UNKNOWN_RUN');
export const UnknownSweepError = failure('UNKNOWN_SWEEP');
export const UnknownExperimentError = failure('UNKNOWN_EXPERIMENT');
export const RunStateError = failure('RUN_STATE');
export const ReadOnlyError = failure('READ_ONLY');
export const CancelledError = failure('CANCELLED');

export const InputError = builder.objectRef<Failure>(failures.INPUT.type).implement({
  description: failures.INPUT.description,
  interfaces: [FailureInterface],
  fields: (t) => ({
    field: t.string({
      description:
        'Where the wrong value stands: names of an argument and of what is in it, joined by dots, items of lists by their place from 0: `input.options.steps`, `input.track.1`.',
      resolve: ({ details: { field } }) => String(field),
    }),
  }),
});

export const TargetError = builder.objectRef<Failure>(failures.TARGET.type).implement({
  description: failures.TARGET.description,
  interfaces: [FailureInterface],
  fields: (t) => ({
    candidates: t.field({
      type: [TargetCandidate],
      description: `For a text that is not one token: what may have been meant, single tokens first (with and without a leading space, capitalised or not), then the pieces of the text; at most ${mostCandidates}. The model is run only where a figure is selected.`,
      resolve: ({ details }, _, context) =>
        'candidates' in details ? candidatesOf(details as unknown as Candidates, context) : [],
    }),
  }),
});

export const OverCapacityError = builder.objectRef<Failure>(failures.OVER_CAPACITY.type).implement({
  description: failures.OVER_CAPACITY.description,
  interfaces: [FailureInterface],
  fields: (t) => ({
    retryAfter: t.float({
      nullable: true,
      description:
        'Seconds after which there should be room in the queue; null where it was not the queue that had none: trying again may not help then, and the message says what does.',
      resolve: ({ details: { retryAfter } }) => (typeof retryAfter === 'number' ? retryAfter : null),
    }),
  }),
});

export const NoWorkerError = builder.objectRef<Failure>(failures.NO_WORKER.type).implement({
  description: failures.NO_WORKER.description,
  interfaces: [FailureInterface],
  fields: (t) => ({
    workers: t.field({
      type: [Worker],
      description: 'The workers that there are, with the models that each has.',
      resolve: ({ details: { workers } }) => (Array.isArray(workers) ? (workers as WorkerTold[]) : []),
    }),
  }),
});

/** Failures that any question to a model can meet. */
export const questionFailures = [
  InputError,
  UnknownModelError,
  CheckpointError,
  PromptError,
  TargetError,
  OverCapacityError,
  NoWorkerError,
  CancelledError,
] as const;

/** An expected failure becomes the result; others go on. */
export async function orFailure<Result>(work: () => Promise<Result>): Promise<Result | Failure> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TributaryError) return new Failure(error);
    throw error;
  }
}

/** An expected failure of a field that is no union is an error of that field, told in full. */
export async function orGraphQLError<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TributaryError ? asGraphQLError(error) : error;
  }
}

/** Tells the members of a result union apart: failures by their code, everything else is `payload`. */
export function typeOf(payload: string): (value: unknown) => string {
  return (value) => (value instanceof Failure ? failures[value.code].type : payload);
}
