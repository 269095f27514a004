/** What a logit attribution is asked for and what it answers. Formulas: docs/mathematics.md. */
import type { PromptTokens } from '../../checkpoint/messages.ts';
import type { TargetRequest, TargetResult } from '../../inference/target.ts';

/** What some methods can be told; `Method.options` says which. */
export interface MethodOptions {
  /** How many points of the path INTEGRATED_GRADIENTS averages over. */
  readonly steps?: number;
  /** The token that INTEGRATED_GRADIENTS starts from and OCCLUSION puts in; null: a zero embedding. */
  readonly baseline?: number | null;
}

/** One question: its answer is a run. */
export interface AttributionInput extends PromptTokens {
  readonly target: TargetRequest;
  /** Name of one. */
  readonly method: string;
  /** Absent for a method that takes none. */
  readonly options?: MethodOptions | undefined;
}

/** Several questions that differ in their targets alone, and share the forward pass. */
export interface AttributionRequest extends Omit<AttributionInput, 'target'> {
  readonly targets: readonly TargetRequest[];
  readonly selection: AttributionSelection;
}

/**
 * Does it add up? `logit` is what is attributed (for a contrast the difference), `sum` the parts with the bias. FROZEN
 * promises that it does, INTEGRATED_GRADIENTS in the limit of many steps; for the others the gap is a finding.
 */
export interface AuditResult {
  readonly logit: number;
  readonly sum: number;
  readonly gap: number;
  /** |gap| / max(|logit|, largest |part|, a share of the products that they are sums of). */
  readonly relativeGap: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

export interface ContributionResult {
  readonly direct: number;
  readonly total: number;
}

export interface TensorResult {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

/**
 * What can be computed beside the token scores, by the keys under which it is asked for and stored. Every grain and study
 * adds what it computes to this map, in its own file.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface Grains {}

export type Grain = keyof Grains;

/** Which grains, and how many of one that is a list of the strongest; 1 of the others. What is not there is not computed. */
export type AttributionSelection = Readonly<Partial<Record<Grain, number>>>;

/** A head of a block, or its MLP. */
export interface Component {
  readonly layer: number;
  /** Null: the MLP. */
  readonly head: number | null;
}

export interface AttributionResult {
  readonly target: TargetResult;
  /** One per position; by a reverse pass a_s = ⟨g^0_s, x^0_s⟩. */
  readonly tokens: Float32Array;
  /** The part of `tokens` that learned position embeddings account for; null where there is no such part. */
  readonly positions: Float32Array | null;
  /** What no token accounts for: Σ ⟨grad, bias⟩, or for INTEGRATED_GRADIENTS the logit at the baseline. */
  readonly bias: number;
  /** f − ⟨∂f/∂logits, logits⟩ of a target f that is no logit and was linearised; absent where nothing was. */
  readonly intercept?: number;
  readonly audit: AuditResult;
  /** What the embedding writes straight to the logit, and the sum of `tokens`. */
  readonly embedding: ContributionResult;
  /** Those that were selected and that the method knows. */
  readonly grains: Partial<Grains>;
}
