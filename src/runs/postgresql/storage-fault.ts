/** Why nothing can be stored, by the signs that PostgreSQL, its driver and Prisma give; and which failures pass. */
import { type StorageFault, signsOf } from '../storage-fault.ts';
import { Unknown } from './transact.ts';

/**
 * The connection is lost, or cannot be made: classes 08 and 57P of PostgreSQL's codes, words of the driver, codes of the system
 * and of Prisma.
 */
const lost =
  /\b(08\d\d\d|57P0[1-5]|25P03|P1001|P1002|P1008|P1017|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|DatabaseNotReachable|ConnectionClosed|SocketTimeout)\b|[Cc]onnection terminated|Client has encountered a connection error|not queryable|timeout exceeded when trying to connect|Query read timeout/;

const tooMany = /\b(53300|P2037|TooManyConnections)\b/;

/** Two transactions have met: one of them was ended, and is done again. */
const conflict = /\b(40001|40P01|55P03|P2034|TransactionWriteConflict)\b/;

/**
 * Another transaction has just stored, or removed, what this one was to make, or refers to: done again, it finds that. Where it
 * does not, that is a fault of ours, which is not hidden for long.
 */
const overtaken = /\b(23505|23503|P2002|P2003|UniqueConstraintViolation|ForeignKeyConstraintViolation)\b/;
const mostOvertaken = 5;

const faults: readonly (readonly [sign: RegExp, fault: StorageFault])[] = [
  [
    /\b(53100|58030|ENOSPC)\b|No space left on device/,
    {
      reason: 'the disk of the database is full, or fails',
      remedy: 'when there is room, ask again',
      advice: 'make room on the disk of PostgreSQL, and see what its log says of it',
    },
  ],
  [
    /\b(25006)\b|read-only transaction/,
    {
      reason: 'the database can only be read',
      remedy: 'when it can be written again, ask again',
      advice: 'let DATABASE_URL name the primary server, not a standby, and its user write there',
    },
  ],
  [
    tooMany,
    {
      reason: 'the database has too many connections',
      remedy: 'ask again later',
      advice: 'lower DATABASE_CONNECTIONS, or raise max_connections of PostgreSQL',
    },
  ],
  [
    conflict,
    {
      reason: 'the database is too busy with others that write the same',
      remedy: 'ask again later',
      advice: 'see in pg_stat_activity who holds locks for so long',
    },
  ],
  [
    /\b(28P01|28000|42501|3D000|P1000|P1003|P1010|AuthenticationFailed|DatabaseAccessDenied|DatabaseDoesNotExist)\b/,
    {
      reason: 'the database gives no access',
      remedy: 'whoever runs the server has to mend that',
      advice: 'see whether the database that DATABASE_URL names is there, and whether its user and password are right',
    },
  ],
  [
    /\b(XX001|XX002)\b/,
    {
      reason: 'the database is damaged',
      remedy: 'whoever runs the server has to put back a copy of it',
      advice: 'see what the log of PostgreSQL says, and put back a copy of the database',
    },
  ],
  [
    lost,
    {
      reason: 'the connection to the database is lost',
      remedy: 'when it is back, ask again',
      advice: 'see whether PostgreSQL runs, and can be reached from here',
    },
  ],
];

/** @returns undefined for an error of another kind */
export function storageFaultOf(error: unknown): StorageFault | undefined {
  const signs = signsOf(error instanceof Unknown ? error.cause : error);
  return faults.find(([sign]) => sign.test(signs))?.[1];
}

/** As of `Dialect`. */
export function passes(error: unknown, attempt: number): boolean {
  if (error instanceof Unknown) return false;
  const signs = signsOf(error);
  return (
    lost.test(signs) ||
    tooMany.test(signs) ||
    conflict.test(signs) ||
    (overtaken.test(signs) && attempt < mostOvertaken)
  );
}
