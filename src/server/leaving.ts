/** Tells resolvers, by the signal of their context, when whoever asked is gone. */
import { type ExecutionArgs, type ExecutionResult, execute, subscribe } from 'graphql';
import type { Context, ServerContext } from '../api/builder.ts';
import { TributaryError } from '../errors.ts';

/** The context of one request. @param left aborts when its client is gone */
export function contextUntil(left: AbortSignal, context: ServerContext, client: string): Context {
  const controller = new AbortController();
  const leave = () => controller.abort(gone());
  left.addEventListener('abort', leave);
  if (left.aborted) leave();
  return { ...context, client, signal: controller.signal };
}

/**
 * `execute` for graphql-ws, which tells of a client that has left an operation, or its socket, by `return()`: so the
 * result of a query comes as a stream too, of one.
 */
export function executeUntilLeft(args: ExecutionArgs): Results {
  const controller = new AbortController();
  return new Results(once(Promise.resolve(execute(withSignal(args, controller.signal)))), controller);
}

/** `subscribe` for graphql-ws. */
export async function subscribeUntilLeft(args: ExecutionArgs): Promise<Results | ExecutionResult> {
  const controller = new AbortController();
  const results = await subscribe(withSignal(args, controller.signal));
  return Symbol.asyncIterator in results ? new Results(results, controller) : results;
}

/** An expected failure, as resolvers may throw it: nobody is there to read it, nor is it a fault for the log. */
function gone(): TributaryError {
  return new TributaryError('CANCELLED', 'Whoever asked for this has left');
}

function withSignal(args: ExecutionArgs, signal: AbortSignal): ExecutionArgs {
  return { ...args, contextValue: { ...(args.contextValue as Omit<Context, 'signal'>), signal } satisfies Context };
}

type Result = IteratorResult<ExecutionResult, void>;
const finished: Result = { done: true, value: undefined };

function once(result: Promise<ExecutionResult>): AsyncIterator<ExecutionResult, void> {
  let next: Promise<Result> | undefined = result.then((value) => ({ done: false, value }));
  return {
    async next() {
      const told = next;
      next = undefined;
      return told ?? finished;
    },
  };
}

/** Leaves its source at once: what was asked for before is not told any more, though it was under way. */
class Results implements AsyncIterableIterator<ExecutionResult, void> {
  readonly #source: AsyncIterator<ExecutionResult, void>;
  readonly #controller: AbortController;
  readonly #left = Promise.withResolvers<Result>();

  constructor(source: AsyncIterator<ExecutionResult, void>, controller: AbortController) {
    this.#source = source;
    this.#controller = controller;
  }

  next(): Promise<Result> {
    return Promise.race([this.#left.promise, this.#source.next()]);
  }

  async return(): Promise<Result> {
    this.#left.resolve(finished);
    this.#controller.abort(gone());
    await this.#source.return?.();
    return finished;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
