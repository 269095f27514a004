/** The Run type's name, apart from its fields: attributions and circulations show their run, and a run shows them. */
import { decodeGlobalID } from '@pothos/plugin-relay';
import type { RunRecord } from '../../runs/types.ts';
import { builder } from '../builder.ts';

export const Run = builder.objectRef<RunRecord>('Run');

/** The run that a client's id names; an id of anything else names no run. */
export function runIdOf(id: string): string {
  try {
    const { typename, id: local } = decodeGlobalID(id);
    return typename === 'Run' ? local : id;
  } catch {
    return id;
  }
}
