/** The Run type's name and how a run is kept, apart from its fields: attributions and circulations show their run, and a run shows them. */
import type { RunRecord } from '../../runs/types.ts';
import { builder } from '../builder.ts';
import { globalIdOf } from '../global-id.ts';

export const Run = builder.objectRef<RunRecord>('Run');

/** The argument `keep` of whatever starts runs and waits for them. */
export const keepArgument = {
  required: true,
  defaultValue: false,
  description:
    'Whether what is asked for is computed and stored to its end though nobody reads it any more. Otherwise a run ends at its next block when nobody has read it or waited for it for LEAVE_GRACE seconds, in which a client that lost its connection may come back; not when nine tenths of its blocks have passed. Whoever joins a run with `keep` keeps it for all.',
} as const;

/** The argument of that name of what starts runs without waiting for them: there they are kept unless it says otherwise. */
export const keepStartedArgument = { ...keepArgument, defaultValue: true } as const;

/** The run that a client's id names; an id of anything else names no run. */
export function runIdOf(id: string): string {
  const named = globalIdOf(id);
  return named?.typename === 'Run' ? named.id : id;
}
