/** Tells resolvers, by the signal of their context, when whoever asked is gone. */
import { type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import { wholeOrRefused } from '../api/answer-size.ts';
import type { Context } from '../api/builder.ts';
import { TributaryError } from '../errors.ts';
import { UntilLeft } from '../until-left.ts';
import { type Asker, askerOf, type ServerContext } from './asker.ts';

/** The context of one execution: of a request, or of one event of a subscription. @param signal aborts with `gone` */
export function contextOf(signal: AbortSignal, context: Asker): Context {
  return { ...context, signal };
}

/** The context of one request. @param left aborts when its client is gone */
export function contextUntil(
  left: AbortSignal,
  context: ServerContext,
  asking: Pick<Context, 'client' | 'principal'>,
): Context {
  const controller = new AbortController();
  const leave = () => controller.abort(gone());
  left.addEventListener('abort', leave);
  if (left.aborted) leave();
  return contextOf(controller.signal, askerOf(context, asking));
}

/**
 * `execute` for graphql-ws, which tells of a client that has left an operation, or its socket, by `return()`: so the
 * result of a query comes as a stream too, of one.
 */
export function executeUntilLeft(args: ExecutionArgs): Results<ExecutionResult> {
  const controller = new AbortController();
  const contextValue = contextOf(controller.signal, args.contextValue as Asker);
  return new Results(once(Promise.resolve(executed({ ...args, contextValue }))), controller);
}

/** What an operation, or one event of a subscription, comes to; the reason in place of what is too large. */
export function executed(
  args: ExecutionArgs & { readonly contextValue: Context },
): ExecutionResult | Promise<ExecutionResult> {
  const result = execute(args);
  return result instanceof Promise
    ? result.then((made) => wholeOrRefused(made, args.contextValue))
    : wholeOrRefused(result, args.contextValue);
}

/** An expected failure, as resolvers may throw it: nobody is there to read it, nor is it a fault for the log. */
function gone(): TributaryError {
  return new TributaryError('CANCELLED', 'Whoever asked for this has left');
}

export const finished: IteratorReturnResult<void> = { done: true, value: undefined };

function once<Result>(result: Promise<Result>): AsyncIterator<Result, void> {
  let next: Promise<IteratorResult<Result, void>> | undefined = result.then((value) => ({ done: false, value }));
  return {
    async next() {
      const told = next;
      next = undefined;
      return told ?? finished;
    },
  };
}

/** Leaves its source at once: what was asked for before is not told any more, though it was under way. */
export class Results<Result> implements AsyncIterableIterator<Result, void> {
  readonly #source: AsyncIterator<Result, void>;
  readonly #controller: AbortController;
  readonly #untilLeft = new UntilLeft<IteratorResult<Result, void>>();

  constructor(source: AsyncIterator<Result, void>, controller: AbortController) {
    this.#source = source;
    this.#controller = controller;
  }

  next(): Promise<IteratorResult<Result, void>> {
    return this.#untilLeft.wait(this.#source.next());
  }

  async return(): Promise<IteratorResult<Result, void>> {
    this.#untilLeft.leave(finished);
    this.#controller.abort(gone());
    await this.#source.return?.();
    return finished;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
