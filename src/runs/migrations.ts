/** Brings a database to the schema of this version, as `prisma migrate deploy` does, with no binary and no network. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';
import type { PrismaClient } from './generated/client.ts';

export type Provider = 'sqlite' | 'postgresql';

/** Of each database provider, its schema and migrations. */
const providers = fileURLToPath(new URL('../../prisma/', import.meta.url));

/**
 * @param last the name of the migration behind which it ends; absent: the newest
 * @returns the names of the migrations that were applied now
 */
export async function applyMigrations(
  factory: SqlMigrationAwareDriverAdapterFactory,
  provider: Provider,
  last?: string,
): Promise<string[]> {
  const baseDir = folderOf(provider);
  const names = (await migrationNames(provider)).filter((name) => last === undefined || name <= last);
  const schema = await readFile(join(providers, provider, 'schema.prisma'), 'utf8');
  const engine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  try {
    const migrationsList = {
      baseDir,
      lockfile: { path: 'migration_lock.toml', content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8') },
      shadowDbInitScript: '',
      migrationDirectories: await Promise.all(names.map((name) => migrationDirectory(baseDir, name))),
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

/** Names of the migrations that a database has gone through, in their order. */
export async function appliedMigrations(database: Pick<PrismaClient, '$queryRaw'>): Promise<string[]> {
  const applied = await database.$queryRaw<
    { name: string }[]
  >`SELECT migration_name AS "name" FROM _prisma_migrations WHERE finished_at IS NOT NULL`;
  return applied.map(({ name }) => name).sort();
}

/** Of this version, in their order. */
export async function migrationNames(provider: Provider): Promise<string[]> {
  const entries = await readdir(folderOf(provider), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).sort();
}

function folderOf(provider: Provider): string {
  return join(providers, provider, 'migrations');
}

async function migrationDirectory(baseDir: string, name: string) {
  const value = await readFile(join(baseDir, name, 'migration.sql'), 'utf8');
  return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
}
