/** Operations of clients from their request to their last answer, for those who observe them. */
import { type DocumentNode, type GraphQLError, getOperationAST, Kind } from 'graphql';
import { type FailureCode, failures, refusals } from '../errors.ts';
import { type OperationWatch, requestScope } from '../request-scope.ts';
import type { AskedOperation, ErrorKind, Observer, OperationObserver, Outcome } from './observer.ts';

/** Told of what becomes of an operation. */
export class Operation implements OperationWatch {
  readonly #observers: readonly OperationObserver[];
  /** Of what went wrong, the worst. */
  #worst: Outcome = 'answered';
  #over = false;

  constructor(observers: readonly Observer[], asked: AskedOperation) {
    this.#observers = observers.flatMap((observer) => observer.operation?.(asked) ?? []);
  }

  failed(code: FailureCode): void {
    this.#error('failure', code);
    if (this.#worst === 'answered') this.#worst = 'failed';
  }

  /** Errors of an answer. @param carriedOut whether there is an answer beside them */
  errors(errors: readonly GraphQLError[], carriedOut: boolean): void {
    for (const { extensions } of errors) {
      const code = codeOf(extensions.code);
      if (Object.hasOwn(failures, code) && carriedOut) this.failed(code as FailureCode);
      else if (code === 'INTERNAL_SERVER_ERROR') {
        this.#error('internal', code);
        this.#worst = 'internal';
      } else {
        this.#error('refusal', code);
        if (this.#worst !== 'internal') this.#worst = carriedOut ? 'failed' : 'refused';
      }
    }
  }

  told(at: Date): void {
    for (const observer of this.#observers) observer.told(at);
  }

  /** Once; whoever calls it first knows best. @param left whether the client had gone before */
  end(left = false): void {
    if (this.#over) return;
    this.#over = true;
    const outcome = left && this.#worst === 'answered' ? 'left' : this.#worst;
    for (const observer of this.#observers) observer.end(outcome);
  }

  #error(kind: ErrorKind, code: string): void {
    for (const observer of this.#observers) observer.error(kind, code);
  }
}

/** Of one of the tables, so that nothing that a client sends is counted by itself. */
function codeOf(code: unknown): string {
  const known = typeof code === 'string' && (Object.hasOwn(failures, code) || Object.hasOwn(refusals, code));
  return known ? code : 'BAD_REQUEST';
}

/** What is asked by a document that is valid, as far as it is observed. */
export function askedIn(
  document: DocumentNode,
  operationName: string | null | undefined,
): Pick<AskedOperation, 'type' | 'field'> {
  const operation = getOperationAST(document, operationName);
  const [first] = operation?.selectionSet.selections ?? [];
  return { type: operation?.operation ?? null, field: first?.kind === Kind.FIELD ? first.name.value : null };
}

/** An operation that begins, in the scope of the request at hand. */
export function beginOperation(observers: readonly Observer[], asked: AskedOperation): Operation {
  const operation = new Operation(observers, asked);
  const scope = requestScope.getStore();
  if (scope) scope.operation = operation;
  return operation;
}
