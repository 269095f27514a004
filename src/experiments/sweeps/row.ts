/** One question of a sweep: as it is planned and stored, and as it is asked of the runs. */
import type { ModelSpecification } from '../../architecture/specification.ts';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import type { CirculationRequest } from '../../explain/circulation/event.ts';
import type { GenerationRequest } from '../../explain/generation/event.ts';
import type { AttributionQuestions } from '../../runs/attributions.ts';
import type { Subject } from '../../runs/types.ts';

/** The operations that a sweep can ask. */
export type SweepOperationName = 'logitAttribution' | 'circulation' | 'generation';

/** A question as it is stored: JSON, in the words of the API, so that it can be asked by hand too. */
export interface RowRequest {
  readonly operation: SweepOperationName;
  /** The operation's own input. */
  readonly input: Readonly<Record<string, unknown>> & { readonly model: string };
  /** What is kept with the run, as the operation's estimate is told of it; absent: what an estimate takes by default. */
  readonly selection?: unknown;
}

/** A question before it has a place among the rows. */
export interface PlannedRow {
  /** What stands in the slots of the template: name → text. */
  readonly slots: Readonly<Record<string, string>>;
  readonly request: RowRequest;
}

/** A question as the run service takes it. */
export type AskedRow =
  | {
      readonly kind: 'LOGIT_ATTRIBUTION';
      /** With one target. */
      readonly questions: AttributionQuestions;
      readonly selection: AttributionSelection;
    }
  | { readonly kind: 'CIRCULATION'; readonly input: CirculationRequest }
  | { readonly kind: 'GENERATION'; readonly input: GenerationRequest };

/**
 * How a stored row becomes a question: given by the API, which knows the inputs.
 * @throws TributaryError as the operation would
 */
export type AskRow = (
  request: RowRequest,
) => Promise<AskedRow & { readonly subject: Subject; readonly specification: ModelSpecification }>;
