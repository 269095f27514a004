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
  /** Where it stands in a trace; absent: in none. */
  trace?: Trace | undefined;
}

/** What goes on elsewhere with a trace needs no more than this. */
export interface Trace {
  /** As the header `traceparent` of W3C Trace Context has it; undefined where nothing is traced. */
  readonly traceparent: string | undefined;
}

export const requestScope = new AsyncLocalStorage<RequestScope>();
