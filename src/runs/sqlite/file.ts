/** The file of a database: what it takes of the disk, and whether it is sound. */
import type { FileSize } from '../dialect.ts';
import type { PrismaClient } from '../generated/client.ts';

/** Of the file, without SQLite's log beside it. */
export async function fileSizeOf(database: Pick<PrismaClient, '$queryRaw'>): Promise<FileSize> {
  const [size] = await database.$queryRaw<[FileSize]>`
    SELECT CAST("page_count" * "page_size" AS REAL) AS "bytes", CAST("freelist_count" * "page_size" AS REAL) AS "freeBytes"
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`;
  return size;
}

/** @returns what SQLite finds wrong with the file itself; empty where nothing is */
export async function fileFaults(database: PrismaClient): Promise<string[]> {
  const integrity = await database.$queryRaw<{ integrity_check: string }[]>`PRAGMA integrity_check(100)`;
  const foreign = await database.$queryRaw<{ table: string; parent: string }[]>`PRAGMA foreign_key_check`;
  const lost = Map.groupBy(foreign, ({ table, parent }) => `${table} without their ${parent}`);
  return [
    ...integrity.map((row) => row.integrity_check).filter((found) => found !== 'ok'),
    ...Array.from(lost, ([what, rows]) => `rows of ${what}: ${rows.length}`),
  ];
}
