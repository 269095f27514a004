/** Brings a database to the schema of this version, as `prisma migrate deploy` does, with no binary and no network. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';
import { wholeMigrations } from './whole-migrations.ts';

/** Of each database provider, its schema and migrations. */
const providers = fileURLToPath(new URL('../../../prisma/', import.meta.url));

/**
 * @param last the name of the migration behind which it ends; absent: the newest
 * @returns the names of the migrations that were applied now
 */
export async function migrate(
  factory: SqlMigrationAwareDriverAdapterFactory,
  provider: 'sqlite',
  last?: string,
): Promise<string[]> {
  const baseDir = join(providers, provider, 'migrations');
  const names = (await readdir(baseDir, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => last === undefined || name <= last);
  const schema = await readFile(join(providers, provider, 'schema.prisma'), 'utf8');
  const engine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(wholeMigrations(factory)),
  );
  try {
    const migrationsList = {
      baseDir,
      lockfile: { path: 'migration_lock.toml', content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8') },
      shadowDbInitScript: '',
      migrationDirectories: await Promise.all(names.sort().map((name) => migrationDirectory(baseDir, name))),
    };
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList,
      filters: { externalTables: [], externalEnums: [] },
    });
    return appliedMigrationNames;
  } finally {
    engine.free();
  }
}

async function migrationDirectory(baseDir: string, name: string) {
  const value = await readFile(join(baseDir, name, 'migration.sql'), 'utf8');
  return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
}
