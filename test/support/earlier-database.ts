/** For tests: a database as version 0.1 left it when it was killed; two of its runs belong to an experiment. */
import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';

/** By a circulation and an attribution of the sample model. */
export const experimentOfBefore = 'indirect objects';

/** @param path where it is made */
export async function makeEarlierDatabase(path: string): Promise<void> {
  using database = new DatabaseSync(path);
  database.exec(await readFile(new URL('./version-0.1.sql', import.meta.url), 'utf8'));
  // That version had the table, and no way to fill it.
  database
    .prepare(`INSERT INTO "Experiment" ("id", "name", "createdAt") VALUES ('e', ?, '2026-11-24T00:00:00.000+00:00')`)
    .run(experimentOfBefore);
  database.exec(`UPDATE "Run" SET "experimentId" = 'e' WHERE "status" = 'COMPLETED' AND "input" LIKE '{"inputIds":[7,12,31]%'
    AND ("kind" = 'CIRCULATION' OR "input" LIKE '%FROZEN%')`);
}
