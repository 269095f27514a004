/** Spans on their way to the collector: gathered, sent together, and dropped where it does not take them. */

import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import packageJson from '../../../package.json' with { type: 'json' };
import { requestScope } from '../../request-scope.ts';
import type { Settings } from '../../settings.ts';

type Asked = NonNullable<Settings['tracing']>;

/** Milliseconds between two lines in the log about a collector that takes nothing, and that one may take to answer. */
const quiet = 60_000;
const patience = 5000;

export interface Provider {
  getTracer(name: string): Tracer;
  /** Sends what is left, without waiting long for a collector that does not take it. */
  close(): Promise<void>;
}

export function openProvider({ endpoint, service, sampler, ratio }: Asked, log: Logger): Provider {
  // Headers, some of them secret, the exporter reads by itself, from OTEL_EXPORTER_OTLP_HEADERS.
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: patience });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': packageJson.version }),
    sampler: samplerOf(sampler, ratio),
    spanProcessors: [new BatchSpanProcessor({ exporter: told(exporter, log), exportTimeoutMillis: patience })],
  });
  return {
    getTracer: (name) => provider.getTracer(name, packageJson.version),
    close: () => provider.shutdown().catch(() => undefined),
  };
}

/** A collector that is down is no fault of a request's: the log says it now and then. */
function told(exporter: SpanExporter, log: Logger): SpanExporter {
  let said = Number.NEGATIVE_INFINITY;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error && performance.now() >= said + quiet) {
          said = performance.now();
          const about = { reason: result.error.message, spans: spans.length };
          // The timer by which it is told began in some request, which has nothing to do with it.
          requestScope.exit(() => log.warn(about, 'the collector of traces does not take them; they are dropped'));
        }
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/** By the name that OpenTelemetry's environment variables have for it. */
function samplerOf(name: Asked['sampler'], ratio: number): Sampler {
  const kind = name.replace('parentbased_', '');
  const own =
    kind === 'always_on'
      ? new AlwaysOnSampler()
      : kind === 'always_off'
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(ratio);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root: own }) : own;
}
