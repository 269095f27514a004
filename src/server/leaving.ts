/** Tells resolvers, by the signal of their context, when whoever asked is gone. */
import { type ExecutionArgs, type ExecutionResult, execute, subscribe } from 'graphql';
import { wholeOrRefused } from '../api/answer-size.ts';
import type { Context, ServerContext } from '../api/builder.ts';
import { TributaryError } from '../errors.ts';

/** The context of one request. @param left aborts when its client is gone */
export function contextUntil(left: AbortSignal, context: ServerContext): Context {
  const controller = new AbortController();
  const leave = () => controller.abort(gone());
  left.addEventListener('abort', leave);
  if (left.aborted) leave();
  return { ...context, signal: controller.signal };
}

/**
 * `execute` for graphql-ws, which tells of a client that has left an operation, or its socket, by `return()`: so the
 * result of a query comes as a stream too, of one.
 */
export function executeUntilLeft(args: ExecutionArgs): Results {
  const controller = new AbortController();
  const asked = withSignal(args, controller.signal);
  return new Results(once(Promise.resolve(execute(asked))), controller, asked.contextValue);
}

/** `subscribe` for graphql-ws. */
export async function subscribeUntilLeft(args: ExecutionArgs): Promise<Results | ExecutionResult> {
  const controller = new AbortController();
  const asked = withSignal(args, controller.signal);
  const results = await subscribe(asked);
  return Symbol.asyncIterator in results
    ? new Results(results, controller, asked.contextValue)
    : wholeOrRefused(results, asked.contextValue);
}

/** An expected failure, as resolvers may throw it: nobody is there to read it, nor is it a fault for the log. */
function gone(): TributaryError {
  return new TributaryError('CANCELLED', 'Whoever asked for this has left');
}

function withSignal(args: ExecutionArgs, signal: AbortSignal): ExecutionArgs & { readonly contextValue: Context } {
  return { ...args, contextValue: { ...(args.contextValue as ServerContext), signal } };
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

/**
 * Leaves its source at once: what was asked for before is not told any more, though it was under way. What is too large
 * gives way to the reason.
 */
class Results implements AsyncIterableIterator<ExecutionResult, void> {
  readonly #source: AsyncIterator<ExecutionResult, void>;
  readonly #controller: AbortController;
  readonly #context: Context;
  readonly #left = Promise.withResolvers<Result>();

  constructor(source: AsyncIterator<ExecutionResult, void>, controller: AbortController, context: Context) {
    this.#source = source;
    this.#controller = controller;
    this.#context = context;
  }

  next(): Promise<Result> {
    return Promise.race([this.#left.promise, this.#next()]);
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

  async #next(): Promise<Result> {
    const result = await this.#source.next();
    return result.done ? finished : { done: false, value: wholeOrRefused(result.value, this.#context) };
  }
}
