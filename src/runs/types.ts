/** Runs as they are stored, and what they tell. */

import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { AttributionCompleted, AttributionStep } from '../explain/attribution/ledger/step.ts';
import type { AttributionInput } from '../explain/attribution/result.ts';
import type { CirculationRequest, CirculationStep } from '../explain/circulation/event.ts';
import type { GenerationRequest, GenerationStep } from '../explain/generation/event.ts';

export const runKinds = ['LOGIT_ATTRIBUTION', 'CIRCULATION', 'GENERATION'] as const;
export type RunKind = (typeof runKinds)[number];

export const runStatuses = ['QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** The checkpoint that a run is about. */
export interface Subject extends Snapshot {
  readonly name: string;
  /** Of exactly the files of the snapshot. */
  readonly revision: string;
  /** The text of a prompt, for whoever looks for its run; absent: nobody does. */
  readonly textOf?: ((inputIds: readonly number[]) => string) | undefined;
  /** The text of tokens in the midst of a text; absent: nobody reads it. */
  readonly spell?: ((ids: readonly number[]) => string) | undefined;
}

/** What is asked of each kind of run. */
interface Inputs {
  readonly LOGIT_ATTRIBUTION: AttributionInput;
  readonly CIRCULATION: CirculationRequest;
  readonly GENERATION: GenerationRequest;
}

/** What was asked, less what an answer does not depend on: same model and same question, same run. */
export type Question = { [Kind in RunKind]: { readonly kind: Kind; readonly input: Inputs[Kind] } }[RunKind];

/** What a run of this kind was asked. @throws Error for a run of another kind */
export function askedOf<Kind extends RunKind>({ question }: Pick<RunRecord, 'question'>, kind: Kind): Inputs[Kind] {
  if (question.kind !== kind) throw new Error(`A ${question.kind} is taken for a ${kind}`);
  return question.input as Inputs[RunKind] as Inputs[Kind];
}

/** How something is asked for; no answer depends on it. */
export interface Asking {
  /** Who asks: turns are taken by client. */
  readonly client?: string | undefined;
  /** What is asked for is computed and stored though nobody waits for it any more. */
  readonly keep?: boolean | undefined;
  /** Names of experiments that the run joins; one that is not there is made. */
  readonly experiments?: readonly string[] | undefined;
  /** Whose the run is, and those experiments; absent: nobody's, where the server asks nobody who they are. */
  readonly owner?: string | undefined;
}

/** What people say of a run, as `labels.ts` admits it. */
export interface RunLabels {
  readonly pinned?: boolean | undefined;
  readonly note?: string | undefined;
}

/** Why a run has no answer. */
export interface RunFailure {
  readonly code: string;
  readonly message: string;
}

export interface RunRecord {
  readonly id: string;
  readonly question: Question;
  /** The prompt, decoded; null of a run of an earlier version. */
  readonly promptText: string | null;
  readonly status: RunStatus;
  readonly contentHash: string;
  readonly modelName: string;
  readonly modelRevision: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly error: RunFailure | null;
  readonly eventCount: number;
  /** Kept whatever the retention says. */
  readonly pinned: boolean;
  /** What people have written beside it. */
  readonly note: string;
  /** By what it was answered; null of a run that is not yet, or was by a version before 0.3. */
  readonly provenance: Provenance | null;
  /** Where its time went; null as `provenance`. */
  readonly profile: RunProfile | null;
  /** What was explained, as the audit has it; null where there is no such figure. */
  readonly score: number | null;
  /** Null where it has no audit. */
  readonly auditPassed: boolean | null;
  /** Bytes of its events and parts. */
  readonly storedBytes: number;
  /** Who asked for it; empty where the server asks nobody who they are. */
  readonly owner: string;
  /** Whether everybody who may read finds it by its id. */
  readonly shared: boolean;
  /** How often it was begun; more than once where a worker was lost. */
  readonly attempt: number;
}

/** By what a run was answered. */
export interface Provenance {
  /** Version of this program. */
  readonly program: string;
  /** Of the arithmetic: of a method, or of several. */
  readonly method: number | readonly number[];
  readonly machine: Machine;
}

export interface Machine {
  /** Its processor. */
  readonly processor: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** As `linux-x64`. */
  readonly platform: string;
  readonly onnxruntime: string;
}

/** Where the time of a run went. Seconds. */
export interface RunProfile {
  /** In the queue, before it began. */
  readonly queued: number;
  /** To open the model and make the sessions that were not there. */
  readonly load: number;
  /** From there to its answer, without what it stood aside. */
  readonly run: number;
  /** What of `run` went by while blocks waited for weights from the disk. */
  readonly waited: number;
  /** Of each block, forward and back; of several passes their sum. */
  readonly forward: readonly number[];
  readonly back: readonly number[];
  /** Bytes that the forward pass kept for the way back, at the most. */
  readonly keptBytes: number;
  /** Runs that were computed together, which shared all of that; 1: it alone. */
  readonly sharedBy: number;
}

/** What a run tells: the steps of its kind, or why a run ended without its answer. */
export type RunStep =
  | AttributionStep
  | AttributionCompleted
  | CirculationStep
  | GenerationStep
  | ({ readonly type: 'FAILED' } & RunFailure)
  /** The reason is given where nobody asked for it. */
  | { readonly type: 'CANCELLED'; readonly reason?: RunFailure };

export interface StoredEvent {
  readonly runId: string;
  /** Dense from 0 within a run. */
  readonly seq: number;
  readonly at: Date;
  readonly step: RunStep;
}

export function isOver(status: RunStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}

/** The status that a run has once it has told this; undefined for a step on the way. */
export function statusAfter({ type }: RunStep): 'COMPLETED' | 'FAILED' | 'CANCELLED' | undefined {
  return type === 'COMPLETED' || type === 'FAILED' || type === 'CANCELLED' ? type : undefined;
}
