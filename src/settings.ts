/** Settings from the environment, read once; every fault is reported at once. A file in `settings/` for each group. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { withoutPassword } from './database-url.ts';
import { auth, authOf } from './settings/auth.ts';
import { computing } from './settings/computing.ts';
import { kept } from './settings/kept.ts';
import { monitoring } from './settings/monitoring.ts';
import { protection } from './settings/protection.ts';
import { shares } from './settings/shares.ts';
import { usual } from './settings/usual.ts';

/** In the order in which they are told: what a newcomer looks for comes first. */
const groups = [
  { title: 'Usual', variables: usual },
  { title: 'Who may ask', variables: auth },
  { title: 'Models and computing', variables: computing },
  { title: 'Retention', variables: kept },
  { title: 'Monitoring', variables: monitoring },
  { title: 'Limits of one key', variables: shares },
  { title: 'Limits of the server', variables: protection },
] as const;

const variables = { ...usual, ...auth, ...computing, ...kept, ...monitoring, ...shares, ...protection };

const second = 1000;
const day = 86_400 * second;

const schema = z.object(variables).transform((values, context) => ({
  port: values.PORT,
  host: values.HOST,
  databaseUrl: values.DATABASE_URL,
  databaseConnections: values.DATABASE_CONNECTIONS,
  modelsDir: resolve(values.MODELS_DIR),
  followLinks: values.FOLLOW_LINKS === 'true',
  workers: values.WORKERS,
  weights: values.WEIGHTS,
  threads: values.THREADS,
  maxQueue: values.MAX_QUEUE,
  maxModelMemory: values.MAX_MODEL_MEMORY,
  maxResponseSize: values.MAX_RESPONSE_SIZE,
  maxUploadSize: values.MAX_UPLOAD_SIZE,
  maxSweepRows: values.MAX_SWEEP_ROWS,
  maxRunTime: values.MAX_RUN_TIME,
  leaveGrace: values.LEAVE_GRACE,
  retention: { days: values.RETENTION_DAYS, runs: values.RETENTION_RUNS, bytes: values.RETENTION_BYTES },
  allowedHosts: values.ALLOWED_HOSTS,
  allowedOrigins: values.ALLOWED_ORIGINS,
  auth: authOf(values, context),
  metrics: values.METRICS === 'on' ? { port: values.METRICS_PORT, token: values.METRICS_TOKEN } : undefined,
  workerPort: values.WORKER_PORT,
  trustedDocuments: values.TRUSTED_DOCUMENTS,
  tracing:
    values.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
      ? undefined
      : {
          endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
          service: values.OTEL_SERVICE_NAME,
          sampler: values.OTEL_TRACES_SAMPLER,
          ratio: values.OTEL_TRACES_SAMPLER_ARG,
        },
  logLevel: values.LOG_LEVEL,
  shares: {
    running: values.MAX_RUNNING,
    waiting: values.MAX_WAITING,
    requests: values.MAX_REQUESTS,
    storedBytes: values.MAX_STORED_BYTES,
    sockets: values.MAX_SOCKETS,
  },
  /** Times in milliseconds. */
  limits: {
    documents: {
      tokens: values.MAX_DOCUMENT_TOKENS,
      depth: values.MAX_DOCUMENT_DEPTH,
      aliases: values.MAX_ALIASES,
      directives: values.MAX_DIRECTIVES,
      deferred: values.MAX_DEFERRED,
      introspections: values.MAX_INTROSPECTIONS,
      variables: values.MAX_VARIABLES_SIZE,
      cost: values.MAX_COST,
    },
    requests: {
      bytes: values.MAX_REQUEST_SIZE,
      headersTime: values.HEADERS_TIME * second,
      time: values.REQUEST_TIME * second,
      ahead: values.MAX_AHEAD,
    },
    files: {
      time: values.UPLOAD_TIME * second,
      silence: values.UPLOAD_SILENCE * second,
      atOnce: values.MAX_UPLOADS,
      kept: values.UPLOAD_DAYS * day,
    },
    unsent: {
      all: values.MAX_UNSENT_MEMORY,
      ofOne: values.MAX_UNSENT_OF_ONE,
      unreadTime: values.UNREAD_TIME * second,
    },
    sockets: {
      all: values.MAX_ALL_SOCKETS,
      operations: values.MAX_OPERATIONS,
      connectTime: values.CONNECT_TIME * second,
      pingTime: values.PING_TIME * second,
      lastWordTime: values.LAST_WORD_TIME * second,
    },
    connections: values.MAX_CONNECTIONS,
    stopGrace: values.STOP_GRACE * second,
  },
}));

export type Settings = z.output<typeof schema>;

export type Limits = Settings['limits'];

/** @throws Error that names every variable with a wrong value */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  // An empty variable counts as not set, as in most shells and compose files.
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name in variables && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `  ${path.join('.')}=${withoutPassword(given[String(path[0])] ?? '')}: ${message}`,
  );
  throw new Error(`These settings are wrong:\n${faults.join('\n')}`);
}

export interface SettingGroup {
  readonly title: string;
  readonly settings: readonly { readonly name: string; readonly description: string; readonly standard: string }[];
}

/** Every variable with what it does and its default, in words; by group. */
export function settingGroups(): SettingGroup[] {
  return groups.map(({ title, variables }) => ({
    title,
    settings: Object.entries(variables as Record<string, z.ZodType>).map(([name, type]) => ({
      name,
      description: type.description ?? '',
      standard: String(type.parse(undefined) ?? '') || 'none',
    })),
  }));
}

/** The same for `--help`. */
export function describeSettings(): string {
  return settingGroups()
    .map(({ title, settings }) =>
      [
        `${title}:`,
        ...settings.map(
          ({ name, description, standard }) => `  ${name.padEnd(19)} ${description} Default: ${standard}.`,
        ),
      ].join('\n'),
    )
    .join('\n\n');
}
