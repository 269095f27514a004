/** What a database takes of the disk. */
import type { FileSize } from '../dialect.ts';
import type { PrismaClient } from '../generated/client.ts';

/**
 * Of events and answers as much is in use as the tally counts, also where PostgreSQL has not looked yet for what was deleted;
 * of all else everything.
 */
export async function sizeOf(database: Pick<PrismaClient, '$queryRaw'>): Promise<FileSize> {
  const [size] = await database.$queryRaw<[FileSize]>`
    SELECT "bytes"::DOUBLE PRECISION, GREATEST("told" - "used", 0)::DOUBLE PRECISION AS "freeBytes"
    FROM (SELECT pg_database_size(current_database()) AS "bytes",
      pg_total_relation_size('"Event"') + pg_total_relation_size('"Part"') AS "told",
      (SELECT COALESCE(SUM("bytes"), 0) FROM "RunTally" WHERE "experimentId" = '') AS "used") s`;
  return size;
}
