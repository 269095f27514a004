/** Whether there is room on the disk. */
import type { PrismaClient } from '../generated/client.ts';

/** Stores and removes as much as a large answer takes. @throws what a write would */
export async function tryRoom(database: PrismaClient): Promise<void> {
  await database.$transaction(async (transaction) => {
    await transaction.$executeRawUnsafe('DROP TABLE IF EXISTS _room');
    await transaction.$executeRawUnsafe('CREATE TABLE _room AS SELECT zeroblob(1048576) AS bytes');
  });
  await database.$transaction((transaction) => transaction.$executeRawUnsafe('DROP TABLE _room'));
}
