/** What most who run a server set. */
import { totalmem } from 'node:os';
import { z } from 'zod';
import { originFault } from '../web-origin.ts';
import { byteCount, list, whole, word } from './values.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** `*` is all of them. */
const origins = list.superRefine((items, context) => {
  for (const item of items) {
    const fault = item === '*' ? undefined : originFault(item);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  }
});

export const usual = {
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
  WORKERS: whole(1, 64)
    .default(1)
    .describe(
      'Jobs that run at once, each in a process of its own. They share the weights of a model in the file; packed ones (WEIGHTS) are copies of each.',
    ),
  MAX_MODEL_MEMORY: byteCount
    .default(Math.floor(memory() / 2))
    .describe(
      "Memory, e.g. 8GB, that all loaded models' weights and what running requests keep may take together, without what the system keeps of files; the least recently used model is released for another, and a request that needs more is refused. Half of the machine's unless set.",
    ),
  ALLOWED_HOSTS: list.describe(
    'Names, separated by commas, that the server goes by, as behind a proxy; localhost, IP addresses and the name in HOST it goes by always.',
  ),
  ALLOWED_ORIGINS: origins.describe(
    'Web origins, separated by commas, that may call the server from a browser: https://lab.example, as the browser sends it; * lets all. Its own may always.',
  ),
  TRUSTED_DOCUMENTS: z
    .string()
    .optional()
    .describe(
      'File of documents by their hashes, as GraphQL Code Generator writes it; with it the server answers these alone, and those of its page.',
    ),
  LOG_LEVEL: word(levels).default('info').describe('Least severity that is logged.'),
};

/** Bytes of the machine, or of the container that limits this process. */
function memory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
