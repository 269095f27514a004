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

/** What is explained of a target: its logit, or its (log-)probability linearised at the logits of the run. */
export const targetKinds = ['LOGIT', 'LOG_PROBABILITY', 'PROBABILITY'] as const;
export type TargetKind = (typeof targetKinds)[number];

/** What to attribute. Positions are absolute here (0-based); `token` null is the model's own top choice. */
export interface TargetRequest {
  readonly position: number;
  readonly token: number | null;
  /** Makes it a contrast: the direction is W_U[:, token] − W_U[:, against]. */
  readonly against: number | null;
  /** Absent: LOGIT. */
  readonly kind?: Exclude<TargetKind, 'LOGIT'> | undefined;
}

/** What some methods can be told; see `options.ts` for which. */
export interface MethodOptions {
  /** How many points of the path INTEGRATED_GRADIENTS averages over. */
  readonly steps?: number;
  /** The token that INTEGRATED_GRADIENTS starts from and OCCLUSION puts in; null: a zero embedding. */
  readonly baseline?: number | null;
}

/** One question: its answer is a run. */
export interface AttributionInput {
  readonly inputIds: readonly number[];
  readonly target: TargetRequest;
  readonly method: AttributionMethod;
  /** Absent for a method that takes none. */
  readonly options?: MethodOptions | undefined;
}

/** Several questions that differ in their targets alone, and share the forward pass. */
export interface AttributionRequest extends Omit<AttributionInput, 'target'> {
  readonly targets: readonly TargetRequest[];
  readonly selection: AttributionSelection;
}

/** A target with what the model says about it. `logit` is before a final softcap, the other figures after it. */
export interface TargetResult {
  readonly position: number;
  readonly token: number;
  readonly against: number | null;
  readonly kind?: TargetRequest['kind'];
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
  /** |gap| / max(|logit|, largest |part|, a share of the products that they are sums of). */
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
  /** By the path that it was asked for by. */
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

export const movePaths = ['TOTAL', 'DIRECT'] as const;
/** TOTAL: by every way to the logit. DIRECT: written straight to it. */
export type MovePath = (typeof movePaths)[number];

export const moveAxes = ['LAYER', 'HEAD', 'TO', 'FROM'] as const;
/** Axes of the tensor of all moves of attention: [layer, head, to, from]. */
export type MoveAxis = (typeof moveAxes)[number];

/** Drops of the target's probability, one for each fraction of the tokens. */
export interface CurveResult {
  readonly drops: readonly number[];
  /** Their mean. */
  readonly area: number;
}

/** What becomes of the target's probability without the first tokens of an order, and with nothing but them. */
export interface OrderFaithfulnessResult {
  readonly comprehensiveness: CurveResult;
  readonly sufficiency: CurveResult;
}

/** By descending token score; beside it what other orders come to. */
export interface FaithfulnessResult extends OrderFaithfulnessResult {
  readonly fractions: readonly number[];
  /** How many tokens each fraction is. */
  readonly counts: readonly number[];
  /** The mean of several. */
  readonly random: OrderFaithfulnessResult;
  /** The latest first. */
  readonly recency: OrderFaithfulnessResult;
}

export const ablationReplacements = ['ZERO', 'MEAN'] as const;
/** What takes the place of a component's output: nothing, or its mean over the prompt's positions. */
export type AblationReplacement = (typeof ablationReplacements)[number];

export interface AblationResult extends Component, ContributionResult {
  /** What is attributed, less what it is without the component. */
  readonly drop: number;
}

export interface TensorResult {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

/** What can be computed beside the token scores. Each is stored as a part of its own. */
export interface Grains {
  /** Per block: attention and MLP, direct and total, with the heads' figures. */
  layers: readonly LayerResult[];
  /** ⟨g^l_t, x^l_t⟩, [depth, position]: before every block, and after the last. */
  residuals: TensorResult;
  /** The strongest neurons of every block. */
  neurons: readonly (readonly NeuronResult[])[];
  /** The strongest (layer, head, from, to) moves of the whole model, by a `MovePath`. */
  'edges.TOTAL': readonly EdgeResult[];
  'edges.DIRECT': readonly EdgeResult[];
  faithfulness: FaithfulnessResult;
  /** Spearman's ρ with OCCLUSION's token scores; null where one of them has no order. */
  agreement: number | null;
  /** The strongest components of all blocks. */
  'ablations.ZERO': readonly AblationResult[];
  'ablations.MEAN': readonly AblationResult[];
  /** A[t,u]·⟨g_z[t], v[u]⟩ of every head, or a marginal of it: by a `MovePath` and the axes that are kept. */
  [moves: `moves.${string}`]: TensorResult;
  /** Paths through the frozen map, from all tokens (`ALL`) or from the one at a position, which may count from the end. */
  [paths: `paths.${string}`]: PathsResult;
}

export type Grain = keyof Grains;

/** Which grains, and how many of one that is a list of the strongest; 1 of the others. What is not there is not computed. */
export type AttributionSelection = Readonly<Partial<Record<Grain, number>>>;

/** A head of a block, or its MLP. */
export interface Component {
  readonly layer: number;
  /** Null: the MLP. */
  readonly head: number | null;
}

export interface PathResult {
  /** In the order in which it goes through them. */
  readonly components: readonly Component[];
  readonly score: number;
}

export interface PathsResult {
  /** What all paths of order 0, 1 and 2 carry. */
  readonly sums: readonly number[];
  /** What all longer ones do. */
  readonly longer: number;
  /** Of order 1 and of order 2 the strongest paths. */
  readonly strongest: readonly (readonly PathResult[])[];
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
