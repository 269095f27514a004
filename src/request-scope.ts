/** What is known, wherever it is asked, of the request on whose behalf something is done: it goes along with the promises. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { FailureCode } from './errors.ts';

/** Of an operation that somebody observes. */
export interface OperationWatch {
  /** An expected failure is told as an answer. */
  failed(code: FailureCode): void;
  /** An event of a subscription is handed over to be sent. @param at when it was stored */
  told(at: Date): void;
}

export interface RequestScope {
  /** By which the log and the client name it. */
  id: string;
  /** Once it is known what is asked. */
  operation?: OperationWatch | undefined;
  /** Where it stands in a trace; what that is, only `server/tracing` knows. */
  trace?: object | undefined;
}

export const requestScope = new AsyncLocalStorage<RequestScope>();
