/** What decoders in Llama's layout share: `model.embed_tokens`, `model.layers.N`, `model.norm`, `lm_head`. */
import { z } from 'zod';
import { type Declared, prefixOf, refuse, unembeddingWeight } from './architecture.ts';
import { count, layerCount, widthCount } from './config.ts';
import { ropeContextLength, ropeFields } from './rotary.ts';
import type { Block, ModelSpecification, Norm } from './specification.ts';

/** Configuration keys of them all. */
export const decoderFields = {
  vocab_size: count,
  hidden_size: widthCount,
  num_hidden_layers: layerCount,
  num_attention_heads: widthCount,
  num_key_value_heads: widthCount.nullish(),
  head_dim: widthCount.nullish(),
  tie_word_embeddings: z.boolean().default(false),
  ...ropeFields,
};
const fields = z.object(decoderFields);
type DecoderConfig = z.output<typeof fields>;
type Heads = Pick<DecoderConfig, 'head_dim' | 'hidden_size' | 'num_attention_heads'>;

export function headWidthOf({ head_dim, hidden_size, num_attention_heads }: Heads): number {
  return head_dim ?? hidden_size / num_attention_heads;
}

/** Of a family whose heads share the width: transformers reads a `head_dim` for the rotation alone. */
export function sharedHeadWidthOf(checkpoint: Declared, config: Heads): number {
  const { head_dim, hidden_size, num_attention_heads } = config;
  const width = hidden_size / num_attention_heads;
  if (head_dim && head_dim !== width)
    refuse(
      checkpoint,
      'head_dim',
      `${head_dim} is not supported; supported is hidden_size / num_attention_heads = ${width}`,
    );
  return width;
}

export interface DecoderLayout {
  readonly headWidth: number;
  /** @param at what the names of the block's tensors begin with: `model.layers.3` */
  readonly block: (at: string, layer: number) => Block;
  /** The norm before the unembedding. */
  readonly norm: (name: string) => Norm;
  readonly normName?: string;
  readonly embeddingScale?: (token: string) => number;
  readonly unembeddingBias?: string;
  readonly softcap?: number | undefined;
}

export function decoder(
  architecture: string,
  checkpoint: Declared,
  config: DecoderConfig,
  layout: DecoderLayout,
): ModelSpecification {
  const prefix = prefixOf(checkpoint, 'model.', 'embed_tokens.weight');
  const token = `${prefix}embed_tokens.weight`;
  return {
    architecture,
    width: config.hidden_size,
    layerCount: config.num_hidden_layers,
    headCount: config.num_attention_heads,
    keyValueHeadCount: config.num_key_value_heads ?? config.num_attention_heads,
    headWidth: layout.headWidth,
    vocabularySize: config.vocab_size,
    contextLength: ropeContextLength(config),
    embedding: { token, scale: layout.embeddingScale?.(token) },
    blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      layout.block(`${prefix}layers.${layer}`, layer),
    ),
    unembedding: {
      norm: layout.norm(`${prefix}${layout.normName ?? 'norm'}`),
      weight: unembeddingWeight(checkpoint, config.tie_word_embeddings, token),
      bias: layout.unembeddingBias,
      softcap: layout.softcap,
    },
  };
}
