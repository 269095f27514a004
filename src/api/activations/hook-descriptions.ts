/** What each quantity of a forward pass is, for the schema: what it holds, how it is shaped, its name in TransformerLens. */
import type { HookName } from '../../onnx/hooks.ts';

/** `nullable` says when it is null. */
interface Described {
  readonly description: string;
  readonly nullable?: string;
}

const stream = '[position, width]';
const heads = '[head, position, headWidth]';
const keyValueHeads = '[keyValueHead, position, headWidth], of `Activations.keyValueHeads`';
const pairs = '[head, position, position that is looked at]; the last axis has the whole prompt';
const neurons = '[position, neuron]';
const noMlp = 'in attention-only models';
const noRotation = 'where there is neither rotation nor such a norm: `queries` and `keys` are what is multiplied';

export const hookDescriptions: Readonly<Record<HookName, Described>> = {
  residualBefore: {
    description: `${stream}: the residual stream before the block; before block 0 the embeddings, scaled and with learned positions. \`blocks.{layer}.hook_resid_pre\`.`,
  },
  residualBetween: {
    description: `${stream}: the residual stream once the attention is added, which the MLP reads; behind a norm over the stream itself (OPT-350m), once it is normed. \`blocks.{layer}.hook_resid_mid\`.`,
    nullable: `in parallel blocks, whose MLP reads what the attention reads, and ${noMlp}`,
  },
  residualAfter: {
    description: `${stream}: the residual stream after the block; of the last one before the final norm. \`blocks.{layer}.hook_resid_post\`.`,
  },
  attentionOutput: {
    description: `${stream}: what the attention adds to the residual stream, its output bias included, a norm after it applied (Gemma 2, Gemma 3, OLMo 2); where a norm is over the stream itself (OPT-350m), before that norm. \`blocks.{layer}.hook_attn_out\`.`,
  },
  mlpOutput: {
    description: `${stream}: what the MLP adds to the residual stream, as \`attentionOutput\` does. \`blocks.{layer}.hook_mlp_out\`.`,
    nullable: noMlp,
  },
  queries: {
    description: `${heads}: queries as W_Q makes them, bias included: before norms of queries and before rotation. \`blocks.{layer}.attn.hook_q\`.`,
  },
  keys: {
    description: `${keyValueHeads}: keys as W_K makes them, bias included: before norms of keys and before rotation. Of grouped heads each group has one. \`blocks.{layer}.attn.hook_k\`.`,
  },
  values: {
    description: `${keyValueHeads}: values as W_V makes them, bias included. Of grouped heads each group has one. \`blocks.{layer}.attn.hook_v\`.`,
  },
  rotatedQueries: {
    description: `${heads}: queries as they meet the keys: normed where the family norms them, then rotated. \`blocks.{layer}.attn.hook_rot_q\`.`,
    nullable: noRotation,
  },
  rotatedKeys: {
    description: `${keyValueHeads}: keys as they meet the queries: normed where the family norms them, then rotated. \`blocks.{layer}.attn.hook_rot_k\`.`,
    nullable: noRotation,
  },
  scores: {
    description: `${pairs}: what the softmax is given: query·key times the model's scale, capped where scores have a softcap, masked: where the position may not look, later or outside of the window, it is −3.4028235e38, the least float32, in the place of −∞. The softmax of a row is its pattern. \`blocks.{layer}.attn.hook_attn_scores\`.`,
  },
  pattern: {
    description: `${pairs}: the attention pattern, how much each position attends to each; rows sum to 1. \`blocks.{layer}.attn.hook_pattern\`.`,
  },
  z: {
    description: `${heads}: the values summed by the pattern, before W_O. \`blocks.{layer}.attn.hook_z\`.`,
  },
  mlpPre: {
    description: `${neurons}: what the activation is given, bias included; in a gated MLP what W_gate makes. \`blocks.{layer}.mlp.hook_pre\`.`,
    nullable: noMlp,
  },
  mlpPreLinear: {
    description: `${neurons}: the linear side of a gated MLP, what W_up makes, bias included. \`blocks.{layer}.mlp.hook_pre_linear\`.`,
    nullable: 'where the MLP is not gated',
  },
  mlpPost: {
    description: `${neurons}: the neurons as W_out is given them: the activation of \`mlpPre\`, in a gated MLP times \`mlpPreLinear\`. \`blocks.{layer}.mlp.hook_post\`.`,
    nullable: noMlp,
  },
  attentionNormScale: {
    description:
      '[position]: √(variance + ε) of the norm before the attention, which the stream is divided by. `blocks.{layer}.ln1.hook_scale`.',
    nullable: 'where there is no norm before the attention (`ModelTraits.normPlacement`)',
  },
  attentionPostNormScale: {
    description: '[position]: √(variance + ε) of the norm after the attention. `blocks.{layer}.ln1_post.hook_scale`.',
    nullable: 'where there is no norm after the attention',
  },
  mlpNormScale: {
    description:
      '[position]: √(variance + ε) of the norm before the MLP; in a parallel block with one norm for both `attentionNormScale` again. `blocks.{layer}.ln2.hook_scale`.',
    nullable: `where there is no norm before the MLP, and ${noMlp}`,
  },
  mlpPostNormScale: {
    description: '[position]: √(variance + ε) of the norm after the MLP. `blocks.{layer}.ln2_post.hook_scale`.',
    nullable: `where there is no norm after the MLP, and ${noMlp}`,
  },
};
