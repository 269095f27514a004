/** What a logit attribution is asked for and what it answers. Formulas: README, "Logit attribution". */

export const attributionMethods = [
  'FROZEN',
  'GRADIENT',
  'ATTN_LRP',
  'INTEGRATED_GRADIENTS',
  'OCCLUSION',
  'ATTENTION_ROLLOUT',
] as const;
export type AttributionMethod = (typeof attributionMethods)[number];

/** Those that know nothing finer than tokens. */
const tokenMethods: ReadonlySet<AttributionMethod> = new Set([
  'INTEGRATED_GRADIENTS',
  'OCCLUSION',
  'ATTENTION_ROLLOUT',
]);

/** What to attribute. Positions are absolute here (0-based); `token` null is the model's own top choice. */
export interface TargetRequest {
  readonly position: number;
  readonly token: number | null;
  /** Makes it a contrast: the direction is W_U[:, token] − W_U[:, against]. */
  readonly against: number | null;
}

/** Which grains to compute beside the token scores. What is not selected is not computed. */
export interface AttributionSelection {
  /** Per block: attention and MLP, direct and total, with the heads' figures. */
  readonly layers: boolean;
  /** The [to, from] tensor of every head. */
  readonly sources: boolean;
  /** The strongest n neurons of every block; 0 for none. */
  readonly neurons: number;
  /** The strongest n (layer, head, from, to) moves of the whole model; 0 for none. */
  readonly edges: number;
}

/** What some methods can be told; see `options.ts` for which. */
export interface MethodOptions {
  /** How many points of the path INTEGRATED_GRADIENTS averages over. */
  readonly steps?: number;
  /** The token that INTEGRATED_GRADIENTS starts from and OCCLUSION puts in; null: a zero embedding. */
  readonly baseline?: number | null;
}

/** What of a selection there is with this method: the rest stays empty, and nothing need be computed for it. */
export function selectable(method: AttributionMethod, selection: AttributionSelection): AttributionSelection {
  return tokenMethods.has(method) ? { layers: false, sources: false, neurons: 0, edges: 0 } : selection;
}

export interface AttributionRequest {
  readonly inputIds: readonly number[];
  readonly target: TargetRequest;
  readonly method: AttributionMethod;
  /** Absent for a method that takes none. */
  readonly options?: MethodOptions | undefined;
  readonly selection: AttributionSelection;
}

/** A target with what the model says about it. `logit` is before a final softcap, the other figures after it. */
export interface TargetResult {
  readonly position: number;
  readonly token: number;
  readonly against: number | null;
  /** Logit of `token` (of `token` alone also where there is an `against`), before the final softcap. */
  readonly logit: number;
  /** Logit after the final softcap; equals `logit` where the model has none. */
  readonly cappedLogit: number;
  readonly logProbability: number;
  readonly probability: number;
  /** 1 is the model's top choice. */
  readonly rank: number;
}

/**
 * Does it add up? `logit` is what is attributed (for a contrast the difference), `sum` the parts with the bias. FROZEN
 * promises that it does, INTEGRATED_GRADIENTS in the limit of many steps; for the others the gap is a finding.
 */
export interface AuditResult {
  readonly logit: number;
  readonly sum: number;
  readonly gap: number;
  /** |gap| / max(|logit|, largest |part|). */
  readonly relativeGap: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

export interface ContributionResult {
  readonly direct: number;
  readonly total: number;
}

export interface NeuronResult extends ContributionResult {
  readonly neuron: number;
  readonly position: number;
  readonly activation: number;
}

export interface EdgeResult {
  readonly layer: number;
  readonly head: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  readonly score: number;
}

export interface LayerResult {
  readonly attention: ContributionResult;
  /** Null in a block without an MLP. */
  readonly mlp: ContributionResult | null;
  /** Attention's own bias (b_O, and a post norm's bias): attention = Σ heads + this. */
  readonly attentionBias: ContributionResult;
  readonly heads: readonly ContributionResult[];
  /** ⟨g^l, x^l⟩ before this block. */
  readonly residual: number;
  /** Σ of the bias terms of this block. */
  readonly bias: number;
}

export interface AttributionResult {
  readonly target: TargetResult;
  /** One per position; by a reverse pass a_s = ⟨g^0_s, x^0_s⟩. */
  readonly tokens: Float32Array;
  /** The part of `tokens` that learned position embeddings account for; null where there is no such part. */
  readonly positions: Float32Array | null;
  /** What no token accounts for: Σ ⟨grad, bias⟩, or for INTEGRATED_GRADIENTS the logit at the baseline. */
  readonly bias: number;
  readonly audit: AuditResult;
  /** Empty unless `selection.layers`; this and all that follows is empty for methods that only know tokens. */
  readonly layers: readonly LayerResult[];
  /** What the embedding writes straight to the logit, and the sum of `tokens`. */
  readonly embedding: ContributionResult;
  /** Per block [head, to, from]; empty unless `selection.sources`. */
  readonly sources: readonly Float32Array[];
  /** Per block, strongest first; empty unless asked for. */
  readonly neurons: readonly (readonly NeuronResult[])[];
  /** Strongest first. */
  readonly edges: readonly EdgeResult[];
}
