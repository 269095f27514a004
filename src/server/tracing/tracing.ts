/** Requests, runs and jobs as spans of OpenTelemetry, sent to a collector. Loaded only where one is named. */
import {
  type Attributes,
  type Context,
  context as contexts,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Logger } from 'pino';
import { TributaryError } from '../../errors.ts';
import type { Took } from '../../jobs/messages.ts';
import { requestScope } from '../../request-scope.ts';
import type { Settings } from '../../settings.ts';
import type { Observer } from '../observer.ts';
import { blockSpans } from './blocks.ts';
import { openProvider } from './provider.ts';
import { continued, TracePlace } from './traceparent.ts';

export interface Tracing extends Observer, AsyncDisposable {}

const root: Context = contexts.active();

/** Where the request at hand stands in its trace. */
function here(): Context {
  const place = requestScope.getStore()?.trace;
  // That of another process is known by its name alone.
  return place instanceof TracePlace ? place.context : continued(place?.traceparent, root);
}

export function openTracing(asked: NonNullable<Settings['tracing']>, log: Logger): Tracing {
  const provider = openProvider(asked, log);
  const tracer = provider.getTracer('tributary');
  const begin = (name: string, attributes: Attributes, parent: Context, startTime?: number) =>
    tracer.startSpan(name, { attributes, ...(startTime !== undefined && { startTime }) }, parent);
  return {
    operation: ({ transport, type, field, began, traceparent }) => {
      const name = type ? `${type} ${field ?? ''}`.trim() : 'request';
      const attributes = {
        'tributary.transport': transport,
        ...(type && { 'graphql.operation.type': type }),
        ...(field !== null && { 'graphql.field': field }),
      };
      const span = begin(name, attributes, continued(traceparent, root), Date.now() - (performance.now() - began));
      const scope = requestScope.getStore();
      if (scope) {
        scope.trace = new TracePlace(trace.setSpan(root, span));
        span.setAttribute('tributary.request.id', scope.id);
      }
      return {
        told: () => undefined,
        error: (kind, code) => {
          span.addEvent('error', { kind, code });
          if (kind === 'internal') span.setStatus({ code: SpanStatusCode.ERROR });
        },
        end: (outcome) => {
          span.setAttribute('tributary.outcome', outcome);
          span.end();
        },
      };
    },
    run: async ({ id, kind, model }, execute) => {
      const span = begin(
        'run',
        { 'tributary.run.id': id, 'tributary.run.kind': kind, 'tributary.model': model },
        here(),
      );
      const scope = requestScope.getStore();
      const within = {
        id: scope?.id ?? id,
        operation: scope?.operation,
        trace: new TracePlace(trace.setSpan(root, span)),
      };
      await requestScope.run(within, execute).finally(() => span.end());
    },
    job: ({ kind, model, length }) => {
      const attributes = { 'tributary.job.kind': kind, 'tributary.model': model, 'tributary.prompt.length': length };
      const span = begin(`job ${kind}`, attributes, here());
      const within = trace.setSpan(root, span);
      let queue: Span | undefined;
      let steps = 0;
      return {
        queued: () => {
          queue = begin('queue', {}, within);
        },
        started: () => queue?.end(),
        step: () => {
          span.addEvent('step', { 'tributary.step': steps++ });
        },
        took: (took) => {
          if (span.isRecording()) computed(took);
        },
        end: (error) => {
          queue?.end();
          if (error !== undefined) {
            span.setStatus({ code: SpanStatusCode.ERROR });
            span.setAttribute('error.type', error instanceof TributaryError ? error.code : 'INTERNAL');
          }
          span.end();
        },
      };

      /** What is known only once it is over, as it went: the model was opened, then its blocks were passed. */
      function computed({ load, run, blocks }: Took): void {
        const over = Date.now();
        const ran = over - run * 1000;
        begin('load', {}, within, ran - load * 1000).end(ran);
        const computing = begin('compute', {}, within, ran);
        for (const { direction, layer, began, ended } of blockSpans(blocks, ran))
          begin(`block ${direction}`, { 'tributary.block': layer }, trace.setSpan(root, computing), began).end(ended);
        computing.end(over);
      }
    },
    stored: (events, seconds) => {
      const over = Date.now();
      begin('store events', { 'tributary.events': events }, here(), over - seconds * 1000).end(over);
    },
    [Symbol.asyncDispose]: () => provider.close(),
  };
}
