/** Brings a file of SQLite to the schema of this version. */
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { PrismaClient } from '../generated/client.ts';
import { appliedMigrations, applyMigrations, migrationNames } from '../migrations.ts';
import { wholeMigrations } from './whole-migrations.ts';

/** @param last as of `applyMigrations` @returns the names of the migrations that were applied now */
export function migrate(
  factory: SqlMigrationAwareDriverAdapterFactory,
  provider: 'sqlite',
  last?: string,
): Promise<string[]> {
  return applyMigrations(wholeMigrations(factory), provider, last);
}

/** Is a database of the schema of this version, and of no later one? */
export async function isCurrent(database: Pick<PrismaClient, '$queryRaw'>, provider: 'sqlite'): Promise<boolean> {
  const [applied, names] = [await appliedMigrations(database), await migrationNames(provider)];
  return names.length === applied.length && applied.every((name, index) => name === names[index]);
}
