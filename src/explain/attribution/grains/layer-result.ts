import type { ContributionResult } from '../result.ts';

/** What a block contributes. */
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
