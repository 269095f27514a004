/** What PostgreSQL says otherwise than other databases. */
import type { CellType, Dialect } from '../dialect.ts';
import { Prisma } from '../generated/client.ts';
import { insertRows } from './bulk.ts';
import { sizeOf } from './size.ts';
import { passes, storageFaultOf } from './storage-fault.ts';
import { transact } from './transact.ts';

export const postgresql: Dialect = {
  oneWriter: false,
  // Weaker than FOR UPDATE, which rows that refer to it would wait for.
  forUpdate: Prisma.sql`FOR NO KEY UPDATE`,
  transact,
  passes,
  storageFaultOf,
  tryRoom: (database) =>
    database.$transaction(async (transaction) => {
      await transaction.$executeRaw`CREATE TEMPORARY TABLE "_room" ON COMMIT DROP AS
        SELECT random() AS "number" FROM generate_series(1, 32768)`;
    }),
  fileSize: sizeOf,
  // It has no check of its own that needs no rights; that rows are there which others refer to, it never lets go.
  faults: async () => [],
  insertRows,
  list: (column) => Prisma.sql`COALESCE(json_agg(${name(column)}), '[]')::TEXT`,
  objects: (columns) =>
    Prisma.sql`COALESCE(json_agg(json_build_object(${Prisma.join(columns.map((column) => Prisma.sql`${column}::TEXT, ${name(column)}`))})), '[]')::TEXT`,
  texts: (json) => Prisma.sql`SELECT json_array_elements_text(${json}::JSON)`,
  listed: (json) => Prisma.sql`json_array_elements(${json}::JSON) AS listed(value)`,
  cell: (place: number, type: CellType = 'text') =>
    Prisma.sql`(listed.value ->> ${Prisma.raw(String(place))})::${Prisma.raw(type)}`,
  each: (query) => Prisma.sql`LATERAL (SELECT "id" AS "value" FROM (${query}) q) f`,
  // Columns of moments have no zone: theirs is UTC, and so is this one's, which is not looked at.
  moment: (date) => Prisma.sql`${date.toISOString()}::TIMESTAMP`,
  momentText: (column) => Prisma.sql`${name(column)} AT TIME ZONE 'UTC'`,
  // As the index has it.
  sameMethod: Prisma.sql`COALESCE(r."method", '') = t."method"`,
  contains: (column, text) => Prisma.sql`strpos(${Prisma.raw(column)}, ${text}) > 0`,
  marked: (trigrams, limit) => {
    const all = `{${trigrams.map(numberOf).join(',')}}`;
    return Prisma.sql`SELECT "runId" AS "mark" FROM "RunPrompt" WHERE "trigrams" @> ${all}::BIGINT[] LIMIT ${limit}`;
  },
  ofMarks: (marks) => Prisma.sql`"Run" r WHERE r."id" IN (SELECT json_array_elements_text(${marks}::JSON))`,
};

function name(column: string): Prisma.Sql {
  return Prisma.raw(`"${column}"`);
}

/** Of three characters, as `trigramsOf` of the migrations counts them. */
function numberOf(trigram: string): bigint {
  return Array.from(trigram).reduce((number, character) => (number << 21n) | BigInt(character.codePointAt(0) ?? 0), 0n);
}
