/** Has each migration happen as a whole or not at all, though the process be killed in the midst of it. */
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';

type Connection = Awaited<ReturnType<SqlMigrationAwareDriverAdapterFactory['connect']>>;

/** The last of those that were carried out a statement at a time, by versions before 0.3. What that left is not known. */
const lastInPieces = '20261129000000_run_filters';

/**
 * Prisma's engine notes that a migration begins, has its script carried out, and notes that it is over. Here the script is
 * one transaction, which notes that it is over, too. So one that is noted as begun alone has changed nothing, and is begun
 * anew; the engine would refuse the database.
 */
export function wholeMigrations(factory: SqlMigrationAwareDriverAdapterFactory): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    async connect() {
      const connection = await factory.connect();
      await forgetBegun(connection);
      const executeScript = connection.executeScript.bind(connection);
      connection.executeScript = (script) => executeScript(whole(script));
      return connection;
    },
  };
}

/** Foreign keys, which a transaction can no longer switch off, would empty the tables that refer to one that is made anew. */
function whole(script: string): string {
  return `PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
${script}
UPDATE "_prisma_migrations" SET "finished_at" = "started_at", "applied_steps_count" = 1
WHERE "finished_at" IS NULL AND "rolled_back_at" IS NULL;
COMMIT;
PRAGMA foreign_keys = ON;`;
}

async function forgetBegun(connection: Connection): Promise<void> {
  const statement = (sql: string) => ({ sql, args: [], argTypes: [] });
  const { rows } = await connection.queryRaw(
    statement(`SELECT 1 FROM sqlite_master WHERE "name" = '_prisma_migrations'`),
  );
  if (rows.length === 0) return;
  const begun = `"finished_at" IS NULL AND "rolled_back_at" IS NULL AND "migration_name" > '${lastInPieces}'`;
  const { rows: some } = await connection.queryRaw(statement(`SELECT 1 FROM "_prisma_migrations" WHERE ${begun}`));
  // No write where there is nothing to write: the database may be one that can be read only.
  if (some.length > 0) await connection.executeRaw(statement(`DELETE FROM "_prisma_migrations" WHERE ${begun}`));
}
