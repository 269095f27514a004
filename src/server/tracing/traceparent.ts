/** The header by which a trace goes on elsewhere: https://www.w3.org/TR/trace-context/#traceparent-header. */
import { type Context, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Trace } from '../../request-scope.ts';

const written = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** @param traceparent as it came @returns the trace that it names, or where it names none, the context itself */
export function continued(traceparent: string | undefined, context: Context): Context {
  const [, traceId = '', spanId = '', flags = '00'] = written.exec(traceparent ?? '') ?? [];
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(context, parent) : context;
}

/** A place in a trace, of this process. */
export class TracePlace implements Trace {
  readonly context: Context;

  constructor(context: Context) {
    this.context = context;
  }

  get traceparent(): string | undefined {
    return traceparentOf(this.context);
  }
}

/** Of a context; undefined where it has no trace. */
function traceparentOf(context: Context): string | undefined {
  const parent = trace.getSpanContext(context);
  if (!parent || !isSpanContextValid(parent)) return undefined;
  return `00-${parent.traceId}-${parent.spanId}-${parent.traceFlags.toString(16).padStart(2, '0')}`;
}
