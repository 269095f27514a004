/**
 * The table of members, as it is read and written over a wire. All moments are the database's own, `now()`. A row that is
 * marked as of one that is lost was last seen at the beginning of 1970.
 */
import type { Member } from './member.ts';
import type { Wire } from './wire.ts';

/** Seconds after which a member that does not say that it is there is lost. */
const silence = 5;
/** Seconds for which a database that was started anew is not believed that a lock is free: it has forgotten them all. */
const remembering = 3;

/** A member as it is found. */
export interface Look {
  readonly member: Member;
  /** Somebody has found before that it is lost. */
  readonly marked: boolean;
  readonly locked: boolean;
  readonly silent: boolean;
  /** Nobody is to be found lost for now. */
  readonly spared: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When it was seen, as the database writes it. */
  readonly seen: string;
}

/** The key of a member's lock. Many may hold it: a connection that was lost may have it for a while beside the new one. */
const key = 'hashtextextended($1, 0)';

const lock = `SELECT pg_advisory_lock_shared(${key})`;

/** The lock first: a row without one is of a process that has ended. */
export async function take(wire: Wire, { id, kind, name, state }: Omit<Member, 'startedAt' | 'seenAt'>): Promise<void> {
  await wire.query(lock, [id]);
  await wire.query(
    `INSERT INTO "Member" ("id", "kind", "name", "startedAt", "seenAt", "state") VALUES ($1, $2, $3, now(), now(), $4)`,
    [id, kind, name, JSON.stringify(state)],
  );
}

/** Over a new connection, which has no lock yet. @returns whether the row is there and not marked */
export async function see(wire: Wire, id: string, state: Member['state']): Promise<boolean> {
  await wire.query(lock, [id]);
  return renew(wire, id, state);
}

/** Says that it is there, and its state. @returns whether the row is there and not marked */
export async function renew(wire: Wire, id: string, state: Member['state']): Promise<boolean> {
  const rows = await wire.query(
    `UPDATE "Member" SET "seenAt" = now(), "state" = $2 WHERE "id" = $1 AND "seenAt" > 'epoch' RETURNING 1`,
    [id, JSON.stringify(state)],
  );
  return rows.length > 0;
}

/** Marks one that is lost. @returns whether it was as it had been found, and it is marked */
export async function mark(wire: Wire, { member, seen }: Look): Promise<boolean> {
  const rows = await wire.query(
    `UPDATE "Member" SET "seenAt" = 'epoch' WHERE "id" = $1 AND "seenAt"::text = $2 RETURNING 1`,
    [member.id, seen],
  );
  return rows.length > 0;
}

export async function remove(wire: Wire, id: string): Promise<void> {
  await wire.query(`DELETE FROM "Member" WHERE "id" = $1`, [id]);
}

/** The lock of this process. */
export async function release(wire: Wire, id: string): Promise<void> {
  await wire.query(`SELECT pg_advisory_unlock_shared(${key})`, [id]);
}

interface Row {
  readonly id: string;
  readonly kind: Member['kind'];
  readonly name: string;
  readonly state: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly seen: number;
  readonly seenText: string;
  readonly marked: boolean;
  readonly locked: boolean;
  readonly silent: boolean;
  readonly spared: boolean;
  readonly now: number;
}

/** All of them, by id, in one statement: what it says of each is of the same moment. */
export async function look(wire: Wire): Promise<Look[]> {
  const rows = await wire.query<Row>(`
    WITH locks AS (
      SELECT DISTINCT (classid::bigint << 32) | objid::bigint AS key
      FROM pg_locks
      WHERE locktype = 'advisory' AND objsubid = 1 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
    SELECT "id", "kind", "name", "state",
      (extract(epoch FROM "startedAt") * 1000)::float8 AS "started",
      (extract(epoch FROM "seenAt") * 1000)::float8 AS "seen",
      "seenAt"::text AS "seenText",
      "seenAt" = 'epoch' AS "marked",
      locks.key IS NOT NULL AS "locked",
      "seenAt" < now() - interval '${silence} s' AS "silent",
      pg_postmaster_start_time() > now() - interval '${remembering} s' AS "spared",
      (extract(epoch FROM now()) * 1000)::float8 AS "now"
    FROM "Member" LEFT JOIN locks ON locks.key = hashtextextended("id", 0)
    ORDER BY "id"`);
  return rows.map(({ id, kind, name, state, started, seen, seenText, ...found }) => ({
    ...found,
    member: { id, kind, name, startedAt: new Date(started), seenAt: new Date(seen), state: JSON.parse(state) },
    seen: seenText,
  }));
}
