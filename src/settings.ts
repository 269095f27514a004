/** Settings from the environment, read once; every fault is reported at once. */
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { withoutPassword } from './database-url.ts';
import { originFault } from './web-origin.ts';

const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).pipe(z.int({ error }).min(least, { error }).max(most, { error }));
};

const amount = z.coerce.number({ error: 'must be a number' }).pipe(z.number().positive({ error: 'must be above 0' }));

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

const weightsSettings = ['auto', 'lean', 'packed'] as const;

const units = ['', 'K', 'M', 'G', 'T'];

/** A number of bytes, or one with a unit: 8GB. */
const byteCount = z
  .string()
  .regex(/^\d+(\.\d+)?\s*[KMGT]?i?B?$/i, 'must be a number of bytes, or one with a unit, e.g. 8GB')
  .transform((text) => {
    const [, number, unit = '', binary] = /^([\d.]+)\s*([KMGT]?)(i?)/i.exec(text) ?? [];
    return Math.floor(Number(number) * (binary ? 1024 : 1000) ** units.indexOf(unit.toUpperCase()));
  })
  .pipe(z.int().min(1));

/** Separated by commas. */
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );

/** `*` is all of them. */
const origins = list.superRefine((items, context) => {
  for (const item of items) {
    const fault = item === '*' ? undefined : originFault(item);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  }
});

const variables = {
  PORT: whole(0, 65_535).default(4000).describe('Port to listen on; 0 takes a free one.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for all.'),
  DATABASE_URL: z
    .string()
    .regex(
      /^(file:.+|postgres(ql)?:\/\/[^/]+\/[^/?]+)/,
      'must start with file: and name a file, e.g. file:./data/tributary.db, or be the address of a PostgreSQL database, e.g. postgres://user:password@host:5432/tributary',
    )
    .default('file:./data/tributary.db')
    .describe(
      'Where runs are stored: the file of an SQLite database, of one server at a time; or the address of a PostgreSQL database (postgres://user:password@host:5432/name), which several servers share. Its tables are made and migrated at start.',
    ),
  DATABASE_CONNECTIONS: whole(1, 1000)
    .default(10)
    .describe('Connections to PostgreSQL that this process may have at once; SQLite has one.'),
  MODELS_DIR: z
    .string()
    .min(1)
    .default('./models')
    .describe('Folder of checkpoints; every folder in it that holds one is a model.'),
  FOLLOW_LINKS: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .describe(
      'Whether models are read by any link that leads out of the folder of checkpoints; those that `npm run models -- add` has made are followed always.',
    ),
  WORKERS: whole(1, 64)
    .default(1)
    .describe(
      'Jobs that run at once, each in a process of its own. They share the weights of a model in the file; packed ones (WEIGHTS) are copies of each.',
    ),
  WEIGHTS: z
    .enum(weightsSettings, { error: `must be one of ${weightsSettings.join(', ')}` })
    .default('auto')
    .describe(
      "How models' weights are held: lean, as they lie in the file, loaded at once and shared by all workers; packed, in float32 of each worker's own, which makes short prompts up to twice as fast; auto: lean at first, packed once a model was asked so much that it has paid, where there is room.",
    ),
  THREADS: whole(1, 256).default(availableParallelism()).describe('Threads that onnxruntime uses in each of them.'),
  MAX_QUEUE: whole(1, 100_000)
    .default(100)
    .describe(
      'Requests that may wait for a worker; further ones are refused. Of one client at most twice as many as there are places left.',
    ),
  MAX_MODEL_MEMORY: byteCount
    .default(Math.floor(memory() / 2))
    .describe(
      "Memory, e.g. 8GB, that all loaded models' weights and what running requests keep may take together, without what the system keeps of files; the least recently used model is released for another, and a request that needs more is refused. Half of the machine's unless set.",
    ),
  MAX_RESPONSE_SIZE: byteCount
    .default(64_000_000)
    .describe(
      'Bytes, e.g. 64MB, of one answer, or of one event of a subscription; a larger one is refused, before it is computed where its size is known.',
    ),
  MAX_UNSENT_MEMORY: byteCount
    .default(256_000_000)
    .describe(
      'Memory, e.g. 256MB, that answers and events may take together while they wait to be sent; where that is not enough, subscriptions wait and the slowest connections are closed.',
    ),
  MAX_UPLOAD_SIZE: byteCount
    .default(256_000_000)
    .describe(
      'Bytes, e.g. 256MB, of a file of rows that is sent, and characters of its values; a larger one is refused.',
    ),
  MAX_SWEEP_ROWS: whole(1, 10_000_000)
    .default(100_000)
    .describe('Rows that a sweep may have, and a file of rows; more are refused before anything is asked.'),
  MAX_RUN_TIME: amount
    .default(600)
    .describe('Seconds that one request may take, loading the model included; one that would take longer is refused.'),
  LEAVE_GRACE: whole(0, 3600)
    .default(10)
    .describe('Seconds that a run goes on after the last one who read it has left, unless somebody asked to keep it.'),
  RETENTION_DAYS: amount
    .optional()
    .describe(
      'Days for which runs are kept; older ones are deleted, at start and every few minutes. Of all three, runs that are pinned, in an experiment, under way or followed at the moment stay, and every run for ten minutes.',
    ),
  RETENTION_RUNS: whole(0, 1_000_000_000)
    .optional()
    .describe('Runs that are kept besides those that stay; where there are more, the oldest are deleted.'),
  RETENTION_BYTES: byteCount
    .optional()
    .describe(
      'Bytes, e.g. 20GB, that the database may have in use; where it has more, the oldest runs are deleted. Its file keeps its size, and what is free in it is used first.',
    ),
  ALLOWED_HOSTS: list.describe(
    'Names, separated by commas, that the server goes by, as behind a proxy; localhost, IP addresses and the name in HOST it goes by always.',
  ),
  ALLOWED_ORIGINS: origins.describe(
    'Web origins, separated by commas, that may call the server from a browser: https://lab.example, as the browser sends it; * lets all. Its own may always.',
  ),
  LOG_LEVEL: z
    .enum(levels, { error: `must be one of ${levels.join(', ')}` })
    .default('info')
    .describe('Least severity that is logged.'),
};

const schema = z.object(variables).transform((values) => ({
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
  maxUnsentMemory: values.MAX_UNSENT_MEMORY,
  maxUploadSize: values.MAX_UPLOAD_SIZE,
  maxSweepRows: values.MAX_SWEEP_ROWS,
  maxRunTime: values.MAX_RUN_TIME,
  leaveGrace: values.LEAVE_GRACE,
  retention: { days: values.RETENTION_DAYS, runs: values.RETENTION_RUNS, bytes: values.RETENTION_BYTES },
  allowedHosts: values.ALLOWED_HOSTS,
  allowedOrigins: values.ALLOWED_ORIGINS,
  logLevel: values.LOG_LEVEL,
}));

export type Settings = z.output<typeof schema>;

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

/** Every variable with its default and what it does, for `--help`. */
export function describeSettings(): string {
  const rows = Object.entries(variables).map(([name, type]) => {
    const standard = type.parse(undefined);
    return `  ${name.padEnd(20)} ${type.description ?? ''} Default: ${String(standard ?? '') || 'none'}.`;
  });
  return rows.join('\n');
}

/** Bytes of the machine, or of the container that limits this process. */
function memory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
