/** A process of several that share a database: a server, or a worker. */
import type { WorkerState } from '../worker-state.ts';

export type MemberKind = 'SERVER' | 'WORKER';

export interface Member {
  readonly id: string;
  readonly kind: MemberKind;
  /** Of its machine, for people. */
  readonly name: string;
  /** By the clock of the database, to be shown: no other is compared with it. */
  readonly startedAt: Date;
  readonly seenAt: Date;
  /** Null of what computes nothing. */
  readonly state: WorkerState | null;
}
