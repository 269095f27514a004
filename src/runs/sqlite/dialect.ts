/** What SQLite says otherwise than other databases. Loads nothing that only a database of its own needs. */
import type { CellType, Dialect } from '../dialect.ts';
import { Prisma } from '../generated/client.ts';
import { insertRows, storedMoment } from './bulk.ts';
import { fileFaults, fileSizeOf } from './file.ts';
import { tryRoom } from './room.ts';
import { isLocked, storageFaultOf } from './storage-fault.ts';

export const sqlite: Dialect = {
  // A transaction that meets another one's lock can poison the client.
  oneWriter: true,
  forUpdate: Prisma.empty,
  transact: (database, work) => database.$transaction(work),
  passes: isLocked,
  storageFaultOf,
  tryRoom,
  fileSize: fileSizeOf,
  faults: fileFaults,
  insertRows,
  list: (column) => Prisma.sql`json_group_array(${name(column)})`,
  objects: (columns) =>
    Prisma.sql`json_group_array(json_object(${Prisma.join(columns.map((column) => Prisma.sql`${column}, ${name(column)}`))}))`,
  texts: (json) => Prisma.sql`SELECT "value" FROM json_each(${json})`,
  listed: (json) => Prisma.sql`json_each(${json}) AS listed`,
  // Of no type: what is compared with a column, or stored in one, takes on its.
  cell: (place: number, _type?: CellType) => Prisma.sql`listed.value ->> ${Prisma.raw(String(place))}`,
  // They come out as one text, which takes a fifth of the time that a list of SQLite's takes.
  each: (query) => Prisma.sql`json_each((SELECT json_group_array("id") FROM (${query}))) f`,
  moment: (date) => Prisma.sql`${storedMoment(date)}`,
  momentText: name,
  sameMethod: Prisma.sql`r."method" IS NULLIF(t."method", '')`,
  contains: (column, text) => Prisma.sql`INSTR(${Prisma.raw(column)}, ${text}) > 0`,
  marked: (trigrams, limit) => {
    const all = trigrams.map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(' AND ');
    return Prisma.sql`SELECT rowid AS "mark" FROM "PromptTrigrams" WHERE "PromptTrigrams" MATCH ${all} LIMIT ${limit}`;
  },
  ofMarks: (marks) => Prisma.sql`"RunPrompt" p CROSS JOIN "Run" r WHERE r."id" = p."runId"
      AND p."number" IN (SELECT "value" FROM json_each(${marks}))`,
};

function name(column: string): Prisma.Sql {
  return Prisma.raw(`"${column}"`);
}
