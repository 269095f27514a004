/**
 * What becomes of a configuration's keys: a family reads those of its schema; some must say the same in every family;
 * some change no logit. The others are named to whoever asks, for a key that nobody reads may be what makes a model
 * another one.
 */
import { z } from 'zod';
import { exactly, only } from './config.ts';

/** Every position sees itself and those before it, in one stack of blocks that are all alike. */
export const ruledKeys = z.object({
  // Null as well turns the mask off in transformers.
  is_causal: exactly(true, 'positions must only look back').optional(),
  use_bidirectional_attention: only(false, 'positions must only look back'),
  is_encoder_decoder: only(false, 'there is no encoder'),
  add_cross_attention: only(false, 'there is no encoder to attend to'),
  num_local_experts: only(null, 'there is no mixture of experts'),
  num_experts: only(null, 'there is no mixture of experts'),
  per_layer_config: only(null, 'all blocks are of one configuration'),
});

const harmlessKeys = [
  // What the checkpoint is and what wrote it; quantised weights are refused where the file is read.
  'model_type architectures transformers_version _name_or_path name_or_path auto_map tokenizer_class',
  'quantization_config is_llama_config transformers.js_config unsloth_version unsloth_fixed',
  // The type of the weights, which the files say; Gemma reads it.
  'dtype torch_dtype use_bfloat16',
  // The width of the MLPs and a length, which the tensors say.
  'intermediate_size n_inner ffn_dim n_ctx',
  // How it was trained.
  'initializer_range init_std layerdrop gradient_checkpointing pretraining_tp dropout attention_dropout',
  'activation_dropout hidden_dropout classifier_dropout resid_pdrop embd_pdrop attn_pdrop resid_dropout embed_dropout',
  // How it is run: what is kept, in which pieces, in which order, what is given back.
  'attn_implementation _attn_implementation _attn_implementation_autoset reorder_and_upcast_attn torchscript use_cache',
  'cache_implementation chunk_size_feed_forward return_dict output_attentions output_hidden_states output_past',
  'tie_last_hidden_states is_decoder _sliding_window_pattern',
  // Tokens with a meaning, and what is said of generation.
  'bos_token_id eos_token_id pad_token_id unk_token_id sep_token_id decoder_start_token_id prefix do_sample',
  'assistant_confidence_threshold assistant_lookbehind bad_words_ids begin_suppress_tokens diversity_penalty',
  'early_stopping encoder_no_repeat_ngram_size encoder_repetition_penalty epsilon_cutoff eta_cutoff',
  'exponential_decay_length_penalty forced_bos_token_id forced_eos_token_id length_penalty max_length min_length',
  'no_repeat_ngram_size num_assistant_tokens num_assistant_tokens_schedule num_beam_groups num_beams',
  'num_return_sequences output_scores remove_invalid_values repetition_penalty return_dict_in_generate',
  'suppress_tokens target_lookbehind temperature top_k top_p typical_p',
  // Of heads for other tasks.
  'id2label label2id num_labels _num_labels problem_type finetuning_task task_specific_params',
  'predict_special_tokens summary_type summary_use_proj summary_activation summary_proj_to_labels',
  'summary_first_dropout',
].flatMap((line) => line.split(' '));

/** Keys that say something, and of which neither the family nor anybody else knows what. */
export function unknownKeys(config: Readonly<Record<string, unknown>>, read: Iterable<string>): string[] {
  const known = new Set([...read, ...Object.keys(ruledKeys.shape), ...harmlessKeys]);
  return Object.keys(config).filter((key) => !known.has(key) && config[key] !== null);
}

/** A configuration by the family's own names. One that has another name as well is called by that, as transformers does. */
export function inOwnNames(
  config: Readonly<Record<string, unknown>>,
  aliases: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> {
  const given = Object.entries(aliases).filter(([alias]) => Object.hasOwn(config, alias));
  return { ...config, ...Object.fromEntries(given.map(([alias, own]) => [own, config[alias]])) };
}
