/** Why nothing can be stored, by the signs that SQLite gives. */
import { type StorageFault, signsOf } from '../storage-fault.ts';

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

/** What finds the database locked has done nothing. */
export function isLocked(error: unknown): boolean {
  return storageFaultOf(error) === locked;
}
