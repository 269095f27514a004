/** The GraphQL types of expected failures: members of every result, not thrown. */
import { GraphQLError } from 'graphql';
import { type ErrorCode, errorTypes, TributaryError } from '../errors.ts';
import { builder } from './builder.ts';
import { candidatesOf, TargetCandidate } from './models/candidate.ts';
import { type Candidates, mostCandidates } from './models/prompt.ts';

/** A failure as a value: GraphQL takes any Error that a resolver returns for one that it throws. */
export class Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor({ code, message, details }: TributaryError) {
    this.code = code;
    this.message = message;
    this.details = details;
  }
}

const FailureInterface = builder.interfaceRef<Failure>('Error').implement({
  description: 'Something was wrong with the request. The message says what, and what would be right.',
  resolveType: ({ code }) => errorTypes[code],
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Which kind of error, for programs: `PROMPT`, `TARGET`, …' }),
    message: t.exposeString('message', { description: 'What was wrong and what would be right, for people.' }),
  }),
});

function failure(code: ErrorCode, description: string) {
  return builder.objectRef<Failure>(errorTypes[code]).implement({ description, interfaces: [FailureInterface] });
}

export const UnknownModelError = failure(
  'UNKNOWN_MODEL',
  'The server has no model of this name; the message lists those that it has.',
);
export const CheckpointError = failure(
  'CHECKPOINT',
  "The model's files are damaged, contradict each other, or ask for something that is not supported.",
);
export const PromptError = failure(
  'PROMPT',
  'The prompt is empty, too long for the model, or names tokens or positions that it does not have.',
);
export const UnknownRunError = failure('UNKNOWN_RUN', 'There is no run with this id.');
export const RunStateError = failure(
  'RUN_STATE',
  "The run's status does not allow this, or its events do not tell what is asked of them.",
);
export const CancelledError = failure('CANCELLED', 'The run was cancelled before it had an answer.');

export const TargetError = builder.objectRef<Failure>(errorTypes.TARGET).implement({
  description: 'The target is not one token of the vocabulary, or its position is outside of the prompt.',
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

export const OverCapacityError = builder.objectRef<Failure>(errorTypes.OVER_CAPACITY).implement({
  description:
    'The server has as much to do as it may take on, or cannot store what it does; try again later, or ask for less.',
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

/** Failures that any question to a model can meet. */
export const questionFailures = [
  UnknownModelError,
  CheckpointError,
  PromptError,
  TargetError,
  OverCapacityError,
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
export async function orGraphQLError<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error;
    throw new GraphQLError(error.message, { extensions: { code: error.code } });
  }
}

/** Tells the members of a result union apart: failures by their code, everything else is `payload`. */
export function typeOf(payload: string): (value: unknown) => string {
  return (value) => (value instanceof Failure ? errorTypes[value.code] : payload);
}
