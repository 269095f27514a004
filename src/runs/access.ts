/** Whose runs, experiments and uploads whoever asks reaches, and whose those are that they make. */
import { TributaryError } from '../errors.ts';
import type { Principal } from '../principal.ts';
import type { RunFilter } from './run-filter.ts';
import type { RunRecord } from './types.ts';

export interface Access {
  /** Of all that is written; empty where the server asks nobody who they are. */
  readonly owner: string;
  /** Whether everybody's is reached, and may be changed. */
  readonly all: boolean;
  /** Whether answers may be computed further than they are stored. */
  readonly computes: boolean;
}

/** Of a server that asks nobody who they are, and of the program itself. */
export const everybody: Access = { owner: '', all: true, computes: true };

export function accessOf({ owner, scopes }: Pick<Principal, 'owner' | 'scopes'>): Access {
  return owner === null ? everybody : { owner, all: scopes.has('MANAGE'), computes: scopes.has('RUN') };
}

/** The condition on what has an owner; none where everybody's is reached. */
export function ownedBy({ owner, all }: Access): { owner?: string } {
  return all ? {} : { owner };
}

/** May they read it? */
export function reads(access: Access, run: Pick<RunRecord, 'owner' | 'shared'>): boolean {
  return run.shared || changes(access, run);
}

/** May they change it? */
export function changes({ owner, all }: Access, run: Pick<RunRecord, 'owner'>): boolean {
  return all || run.owner === owner;
}

/** Of the runs that a filter admits, those that are reached. An experiment that it names is their own unless it says whose. */
export function reached(filter: RunFilter, access: Access): RunFilter {
  return { ...filter, ...ownedBy(access), experimentOwner: filter.experimentOwner ?? access.owner };
}

/** What a run answers, so that one answers each question of an owner. A hash has always the same length: no owner looks like another's. */
export function answersOf(contentHash: string, owner: string): string {
  return owner === '' ? contentHash : `${owner}:${contentHash}`;
}

/** To whoever may read alone. */
export function storedAlone(id: string): TributaryError {
  return new TributaryError(
    'READ_ONLY',
    `Not all that is selected of run ${id} is stored, and having more of it computed needs the scope RUN, which your key or token does not have`,
  );
}

export function readOnly(id: string): TributaryError {
  return new TributaryError(
    'READ_ONLY',
    `Run ${id} is shared by its owner, who alone may change it or have more of it computed; \`repeatRun\` makes a run of your own of it`,
  );
}
