/** Operations over HTTP, for those who observe them; and their refusals and faults, with the id of the request. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Observer, Transport } from './observer.ts';
import { askedIn, beginOperation, type Operation } from './operations.ts';
import { named } from './request-id.ts';

interface Served {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

interface Exchange {
  readonly began: number;
  readonly traceparent: string | undefined;
  operation: Operation | undefined;
}

type Args = Parameters<typeof askedIn>;

/** To stand behind all plugins that answer. */
export function observedHttp(observers: readonly Observer[]): Plugin<object, Served> {
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const begin = ({ req, res }: Served, transport: Transport, ...args: Args | []) => {
    const exchange = exchanges.get(req);
    if (!exchange || exchange.operation) return exchange?.operation;
    const { began, traceparent } = exchange;
    const asked = args.length > 0 ? askedIn(...(args as Args)) : { type: null, field: null };
    const operation = beginOperation(observers, { transport, ...asked, began, traceparent });
    // A client that has gone is answered nothing.
    res.once('close', () => operation.end(true));
    exchange.operation = operation;
    return operation;
  };
  return {
    onRequestParse: ({ serverContext: { req } }) => {
      const traceparent = req.headers.traceparent;
      const began = performance.now();
      exchanges.set(req, { began, traceparent: String(traceparent ?? '') || undefined, operation: undefined });
    },
    onExecute: ({ args }) => {
      begin(args.contextValue as unknown as Served, 'http', args.document, args.operationName);
    },
    onSubscribe: ({ args }) => {
      begin(args.contextValue as unknown as Served, 'sse', args.document, args.operationName);
    },
    onResultProcess: ({ result, setResult, serverContext }) => {
      const operation = begin(serverContext, 'http');
      if (isAsyncIterable(result)) {
        if (operation) setResult(observed(result as AsyncIterable<ExecutionResult>, operation) as typeof result);
        return;
      }
      if (Array.isArray(result)) return;
      const { errors, data } = result as ExecutionResult;
      operation?.errors(errors ?? [], data !== undefined && data !== null);
      operation?.end();
      if (errors) setResult({ ...result, errors: errors.map(named) } as typeof result);
    },
  };
}

/** An answer in parts, or the events of a subscription. Left as its source is, at once. */
function observed(
  results: AsyncIterable<ExecutionResult>,
  operation: Operation,
): AsyncIterableIterator<ExecutionResult> {
  const source = results[Symbol.asyncIterator]();
  return {
    async next() {
      const next = await source.next();
      if (next.done) operation.end();
      else if (next.value.errors) {
        const { errors, data } = next.value;
        operation.errors(errors, data !== undefined && data !== null);
        return { ...next, value: { ...next.value, errors: errors.map(named) } };
      }
      return next;
    },
    async return() {
      operation.end(true);
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
