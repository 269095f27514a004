/** How runs come to be computed: in this process, or by whichever worker takes them. The one door from stored runs to that. */
import type { AttributionInput, AttributionSelection } from '../explain/attribution/result.ts';
import type { TargetRequest } from '../inference/target.ts';
import type { Work } from './execution.ts';
import type { Question, RunRecord, Subject } from './types.ts';

/** A question whose job tells all of the events of its run. */
export type RecordedQuestion = Exclude<Question, { kind: 'LOGIT_ATTRIBUTION' }>;

/** Attributions that start together: they differ in their targets alone, and share the model's own pass. */
export interface TogetherQuestion {
  readonly input: Omit<AttributionInput, 'target'>;
  readonly selection: AttributionSelection;
}

/** Their work, which goes on with `launch`. */
export interface Together {
  /** @param selection what of the whole there is for this target */
  workOf(target: TargetRequest, selection: AttributionSelection): Work;
  /** Computes for all whose work has begun. */
  launch(): void;
}

/** What is to be done for runs. `client` is who asks: turns are taken by client. */
export interface Works {
  /** Of a circulation or a generation. */
  record(subject: Subject, question: RecordedQuestion, client: string | undefined): Work;
  attributeTogether(subject: Subject, question: TogetherQuestion, client: string | undefined): Together;
}

export interface Executor extends Works {
  /** The work of waiting for the end of a run that another process has under way; undefined where none has. */
  join(runId: string): undefined | Promise<Work | undefined>;
  /** Is a run that nobody reads here read or kept by another process? */
  isWantedElsewhere(runId: string): false | Promise<boolean>;
  /** Runs that other processes compute go on, whoever of this process waits for them. */
  leave(): void;
  /** Runs that are neither over nor under way: their process has ended without a word. */
  left(): Promise<RunRecord[]>;
}
