/** Brings a database of PostgreSQL to the schema of this version, by whichever process comes first. */
import type pg from 'pg';
import { applyMigrations, migrationNames } from '../migrations.ts';
import { poolOf } from './adapter.ts';
import { wholeMigrations } from './whole-migrations.ts';

/** Of the lock under which that is done. */
const key = 7_166_245_800n;

/**
 * All who start at once wait for the first.
 * @throws Error for a database of a later version
 */
export async function migrate(url: string, connection: pg.ClientBase): Promise<void> {
  if (await isCurrent(connection)) return;
  await connection.query('SELECT pg_advisory_lock($1)', [key]);
  try {
    if (await isCurrent(connection)) return;
    // A pool of its own: the engine keeps a lock on one of its connections until that is closed.
    const pool = poolOf(url, 2);
    try {
      await applyMigrations(wholeMigrations(pool), 'postgresql');
    } finally {
      await pool.end();
    }
  } finally {
    await connection.query('SELECT pg_advisory_unlock($1)', [key]);
  }
}

/** Is it of the schema of this version? @throws Error where it is of that of a later one */
export async function isCurrent(connection: pg.ClientBase): Promise<boolean> {
  const { rows: tables } = await connection.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "there"`,
  );
  if (!tables[0]?.there) return false;
  const { rows } = await connection.query<{ name: string }>(
    `SELECT "migration_name" AS "name" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL`,
  );
  const applied = new Set(rows.map(({ name }) => name));
  const own = await migrationNames('postgresql');
  const later = [...applied].filter((name) => !own.includes(name)).sort();
  if (later.length > 0)
    throw new Error(
      `it is of a later version of this program (it has gone through ${later.join(', ')}); start that version, or put back a copy of before`,
    );
  return own.every((name) => applied.has(name));
}
