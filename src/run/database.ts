/** Opens the database: the one place that knows which provider it is. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaClient } from './generated/client.ts';
import { migrate } from './migrate.ts';

/** Milliseconds to wait for a lock that another process holds. */
const lockTimeout = 5000;

/**
 * @param url `file:` and a path; relative ones start at the working directory
 * @returns a client on the migrated database, in WAL mode
 */
export async function openDatabase(url: string): Promise<PrismaClient> {
  const path = url.replace(/^file:/, '');
  await mkdir(dirname(path), { recursive: true });
  const adapter = new PrismaLibSql({ url, timeout: lockTimeout });
  const database = new PrismaClient({ adapter });
  // Readers do not wait for the writer, and a process that is killed leaves whole transactions only.
  await database.$queryRawUnsafe('PRAGMA journal_mode = WAL');
  await migrate(adapter, 'sqlite');
  return database;
}
