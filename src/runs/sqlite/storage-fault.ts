/** Why nothing can be stored, by the signs that SQLite gives. */

/** Names no file: clients are told of it. */
export interface StorageFault {
  readonly reason: string;
  /** What whoever asked can do. */
  readonly remedy: string;
  /** What whoever runs the server can do. */
  readonly advice: string;
}

export const locked: StorageFault = {
  reason: 'another process keeps the database locked',
  remedy: 'when that one has ended, ask again',
  advice: 'end the process that has locked the database',
};

export const readOnly: StorageFault = {
  reason: 'the database can only be read',
  remedy: 'when it can be written again, ask again',
  advice: 'let the server write to the database, to the files beside it and to their folder',
};

/** The sign of an error of our own: see `DatabaseFiles`. */
export const movedSign = 'DATABASE_MOVED';

const faults: readonly (readonly [sign: RegExp, fault: StorageFault])[] = [
  [
    /SQLITE_FULL/,
    {
      reason: 'the disk is full',
      remedy: 'when there is room, ask again',
      advice: 'make room on the disk of the database',
    },
  ],
  [/SQLITE_BUSY/, locked],
  [
    new RegExp(movedSign),
    {
      reason: 'files of the database were deleted or replaced',
      remedy: 'whoever runs the server has to put them back',
      advice:
        'stop the server, put the files back as they were (or move what is left of them away, to start anew), and start it again',
    },
  ],
  [/SQLITE_READONLY/, readOnly],
  [
    /SQLITE_(IOERR|CANTOPEN)/,
    {
      reason: 'the disk fails',
      remedy: 'when it is well again, ask again',
      advice: "see what the system's log says of the disk of the database, and whether it can be written",
    },
  ],
  [
    /SQLITE_(CORRUPT|NOTADB)/,
    {
      reason: 'the database is damaged',
      remedy: 'whoever runs the server has to put back a copy of it',
      advice: 'stop the server, put back a copy of the database, or move it away to start anew, and start it again',
    },
  ],
];

/** @returns undefined for an error of another kind */
export function storageFaultOf(error: unknown): StorageFault | undefined {
  const signs = signsOf(error);
  return faults.find(([sign]) => sign.test(signs))?.[1];
}

/** All that tells what SQLite said: Prisma and its engines tell by codes, some only by their messages or their driver's. */
export function signsOf(error: unknown): string {
  const { code, message, meta } = error as PrismaError;
  return [code, message, meta?.driverAdapterError?.cause?.originalMessage].filter(Boolean).join(' ');
}

interface PrismaError {
  readonly code?: string;
  readonly message?: string;
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: { readonly originalMessage?: string } } };
}
