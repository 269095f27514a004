/** What may be observed of the server. Whoever observes changes nothing of it: neither what is answered, nor when. */
import type { Took } from '../jobs/messages.ts';
import type { OperationWatch } from '../request-scope.ts';
import type { AroundRun } from '../runs/live-runs.ts';

export type Transport = 'http' | 'sse' | 'websocket';

/** An operation as it was asked for. `type` and `field` are null where it was refused before they were known. */
export interface AskedOperation {
  readonly transport: Transport;
  readonly type: 'query' | 'mutation' | 'subscription' | null;
  /** The first field of its root type. */
  readonly field: string | null;
  /** When its request was there, in milliseconds of `performance.now()`. */
  readonly began: number;
  /** As W3C Trace Context writes it; what it is has not been looked at. */
  readonly traceparent: string | undefined;
}

/**
 * How an operation ended. `answered`; `failed`: with an expected failure in the answer; `refused`: it was not carried out;
 * `internal`: by a fault of the server; `left`: whoever asked had gone before.
 */
export type Outcome = 'answered' | 'failed' | 'refused' | 'internal' | 'left';

/** What an error of an answer is: see `errors.ts`. */
export type ErrorKind = 'failure' | 'refusal' | 'internal';

export interface OperationObserver extends Pick<OperationWatch, 'told'> {
  error(kind: ErrorKind, code: string): void;
  end(outcome: Outcome): void;
}

/** A job as it was asked for. */
export interface AskedJob {
  readonly kind: string;
  /** Name of its model. */
  readonly model: string;
  /** Tokens of the prompt. */
  readonly length: number;
}

/** Each is called at most once, but `step`. */
export interface JobObserver {
  queued?(): void;
  started?(): void;
  step?(): void;
  took?(took: Took): void;
  /** @param error undefined where it has an answer */
  end(error: unknown): void;
}

export interface Observer {
  operation?(asked: AskedOperation): OperationObserver;
  job?(asked: AskedJob): JobObserver;
  /** Executes a run, in its own part of the trace. */
  readonly run?: AroundRun;
  /** Events were stored. @param seconds that took */
  stored?(events: number, seconds: number): void;
  /** A WebSocket is open. @returns to be called when it is closed */
  socket?(): () => void;
}
