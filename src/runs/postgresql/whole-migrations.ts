/** Has each migration happen as a whole or not at all, though the process be killed in the midst of it. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type pg from 'pg';

/**
 * Prisma's adapter would take a script apart at each semicolon, those in functions too. As one message PostgreSQL carries it out
 * as one transaction, which notes that it is over, too. So one that is noted as begun alone has changed nothing, and is begun
 * anew; the engine would refuse the database.
 */
export function wholeMigrations(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    async connect() {
      const connection = await factory.connect();
      await forgetBegun(pool);
      connection.executeScript = async (script) => {
        await pool.query(whole(script));
      };
      return connection;
    },
  };
}

function whole(script: string): string {
  return `${script}
UPDATE "_prisma_migrations" SET "finished_at" = now(), "applied_steps_count" = 1
WHERE "finished_at" IS NULL AND "rolled_back_at" IS NULL;`;
}

async function forgetBegun(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "there"`,
  );
  if (!rows[0]?.there) return;
  await pool.query('DELETE FROM "_prisma_migrations" WHERE "finished_at" IS NULL AND "rolled_back_at" IS NULL');
}
