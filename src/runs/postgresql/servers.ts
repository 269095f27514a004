/** Who else is on a database. */
import type { PrismaClient } from '../generated/client.ts';

/** How many servers have been seen there within the last seconds. */
export async function serversOn(database: Pick<PrismaClient, '$queryRaw'>): Promise<number> {
  const [row] = await database.$queryRaw<[{ count: number }]>`
    SELECT COUNT(*)::INTEGER AS "count" FROM "Member"
    WHERE "kind" = 'SERVER' AND "seenAt" > now() AT TIME ZONE 'UTC' - INTERVAL '5 seconds'`;
  return row.count;
}
