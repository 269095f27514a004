/** What went wrong, as the page tells it. */
import { ConnectionError, RequestError } from '../../client/errors.ts';
import type { CandidatePartsFragment } from '../../client/generated/graphql.ts';

export interface Problem {
  /** One of `ErrorCode`, or `REQUEST` for a document that was refused, `CONNECTION` where the server is not there. */
  readonly code: string;
  readonly message: string;
  /** The argument that was wrong. */
  readonly field?: string;
  /** Tokens that a target's text may mean. */
  readonly candidates?: readonly CandidatePartsFragment[];
  /** Seconds after which the server should have room. */
  readonly retryAfter?: number;
}

/** A member `Error` of a result. */
interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly candidates?: readonly CandidatePartsFragment[];
  readonly retryAfter?: number | null;
}

/** What a result says is wrong; undefined where it is an answer. */
export function problemIn(result: object): Problem | undefined {
  if (!('code' in result && 'message' in result)) return undefined;
  const { code, message, field, candidates, retryAfter } = result as ToldError;
  return {
    code,
    message,
    ...(field && { field }),
    ...(candidates && { candidates }),
    ...(retryAfter != null && { retryAfter }),
  };
}

/** Of what the client throws. */
export function problemOf(thrown: unknown): Problem {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof RequestError) return { code: thrown.errors[0]?.extensions?.code ?? 'REQUEST', message };
  if (thrown instanceof ConnectionError || thrown instanceof TypeError)
    return { code: 'CONNECTION', message: 'The server is not there. It may be starting again.' };
  return { code: 'REQUEST', message };
}
