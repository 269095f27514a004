/** What a database takes of the disk. */
import type { PrismaClient } from '../generated/client.ts';

/** Bytes of the file, without SQLite's log beside it. */
export interface FileSize {
  readonly bytes: number;
  /** Of these what was deleted since, which is filled before the file grows. */
  readonly freeBytes: number;
}

export async function fileSizeOf(database: Pick<PrismaClient, '$queryRaw'>): Promise<FileSize> {
  const [size] = await database.$queryRaw<[{ bytes: number; freeBytes: number }]>`
    SELECT CAST("page_count" * "page_size" AS REAL) AS "bytes", CAST("freelist_count" * "page_size" AS REAL) AS "freeBytes"
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`;
  return size;
}
