/** How the server is seen from outside. */
import { z } from 'zod';
import { whole, word } from './values.ts';

/** Of OpenTelemetry, as its environment variables name them. */
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const noPart = { error: 'must be a number from 0 to 1' };

export const monitoring = {
  METRICS: word(['off', 'on'] as const)
    .default('off')
    .describe('Whether what the server does is counted, for Prometheus, and told at /metrics.'),
  METRICS_PORT: whole(0, 65_535)
    .optional()
    .describe(
      'Port on which /metrics is told instead, so that it need not be where everybody asks; 0 takes a free one.',
    ),
  METRICS_TOKEN: z
    .string()
    .optional()
    .describe(
      'What whoever reads /metrics has to send as Authorization: Bearer …; without it, on METRICS_PORT anybody reads them, elsewhere whoever has the scope MANAGE.',
    ),
  WORKER_PORT: whole(0, 65_535)
    .optional()
    .describe(
      'Of a worker: port on which it tells /health, /ready and, with METRICS=on, /metrics; 0 takes a free one. Without it, it listens nowhere.',
    ),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an address like http://localhost:4318' })
    .optional()
    .describe(
      'Address of an OpenTelemetry collector, to which traces are sent by OTLP over HTTP; without it nothing is traced.',
    ),
  OTEL_SERVICE_NAME: z.string().default('tributary').describe('What the server is called in traces.'),
  OTEL_TRACES_SAMPLER: word(samplers)
    .default('parentbased_always_on')
    .describe('Which requests are traced, by the names of OpenTelemetry.'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number(noPart)
    .pipe(z.number().min(0, noPart).max(1, noPart))
    .default(1)
    .describe('Of the samplers with a ratio, the part of all requests that is traced.'),
};
