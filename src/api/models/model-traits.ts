/** What an architecture does, in GraphQL. */
import type { Activation } from '../../architecture/specification.ts';
import type { ModelTraits as Traits } from '../../architecture/traits.ts';
import type { TensorEntry } from '../../checkpoint/types.ts';
import { builder } from '../builder.ts';

export const Dtype = builder.enumType('Dtype', {
  description: 'A type that weights are stored in.',
  values: {
    F64: { description: 'Double precision: 64 bits. Computed with as float32.' },
    F32: { description: 'Single precision: 32 bits.' },
    F16: { description: 'Half precision (IEEE 754): 16 bits, 5 of them for the exponent.' },
    BF16: { description: 'bfloat16: 16 bits, 8 of them for the exponent, as float32 has.' },
  } satisfies Record<TensorEntry['dtype'], object>,
});

const NormKind = builder.enumType('NormKind', {
  description: 'Which norms a model has.',
  values: {
    LAYER_NORM: { description: 'LayerNorm: less the mean, over the standard deviation.' },
    RMS_NORM: { description: 'RMSNorm: over the root of the mean square.' },
    NONE: { description: 'None.' },
  } satisfies Record<Traits['norm'], object>,
});

const NormPlacement = builder.enumType('NormPlacement', {
  description: 'Where norms stand in a block.',
  values: {
    PRE: { description: 'Before attention and MLP.' },
    POST: { description: 'After attention and MLP.' },
    SANDWICH: { description: 'Before and after attention and MLP.' },
    NONE: { description: 'Nowhere.' },
  } satisfies Record<Traits['normPlacement'], object>,
});

const ActivationFunction = builder.enumType('ActivationFunction', {
  description: 'The activation function of an MLP.',
  values: {
    GELU: { description: 'x·Φ(x), with the error function.' },
    GELU_TANH: { description: 'GELU by its approximation with tanh (`gelu_new`, `gelu_pytorch_tanh`).' },
    GELU_10: { description: 'GELU, clipped to −10 and 10.' },
    QUICK_GELU: { description: 'x·σ(1.702x).' },
    SILU: { description: 'x·σ(x), also called Swish.' },
    RELU: { description: 'max(x, 0).' },
    RELU2: { description: 'max(x, 0)².' },
    TANH: { description: 'tanh x.' },
  } satisfies Record<Activation, object>,
});

const PositionEncoding = builder.enumType('PositionEncoding', {
  description: 'How a model knows positions.',
  values: {
    LEARNED: { description: 'An embedding for each position is added to that of the token.' },
    ROTARY: { description: 'Queries and keys are rotated by their position (RoPE).' },
    NONE: { description: 'By the causal mask alone.' },
  } satisfies Record<Traits['positions'], object>,
});

export const ModelTraits = builder.objectRef<Traits>('ModelTraits').implement({
  description: 'What the architecture does, as far as it matters for reading its figures.',
  fields: (t) => ({
    norm: t.field({ type: NormKind, description: 'Which norms it has.', resolve: ({ norm }) => norm }),
    normPlacement: t.field({
      type: NormPlacement,
      description: 'Where norms stand in a block.',
      resolve: ({ normPlacement }) => normPlacement,
    }),
    parallelBlocks: t.exposeBoolean('parallelBlocks', {
      description: "Attention and MLP both read the block's input; otherwise the MLP reads what the attention wrote.",
    }),
    gatedMlp: t.exposeBoolean('gatedMlp', {
      description: 'Neurons are the product of a gate and a linear part (SwiGLU, GeGLU).',
    }),
    activation: t.field({
      type: ActivationFunction,
      nullable: true,
      description: 'Of the MLP; null in attention-only models.',
      resolve: ({ activation }) => activation,
    }),
    groupedHeads: t.exposeBoolean('groupedHeads', { description: 'Query heads share key and value heads.' }),
    queryKeyNorm: t.exposeBoolean('queryKeyNorm', {
      description: 'Queries and keys are normed before they meet; this only shapes attention patterns.',
    }),
    positions: t.field({
      type: PositionEncoding,
      description: 'How the model knows positions.',
      resolve: ({ positions }) => positions,
    }),
    windows: t.field({
      type: ['Int'],
      nullable: { list: false, items: true },
      description: 'Per block, how many positions attention looks back, itself included; null where it sees all.',
      resolve: ({ windows }) => [...windows],
    }),
    attentionSoftcap: t.exposeFloat('attentionSoftcap', {
      nullable: true,
      description: 'Cap on attention scores; null without one.',
    }),
    logitSoftcap: t.exposeFloat('logitSoftcap', {
      nullable: true,
      description: 'Cap on the final logits; null without one. Attributions are to the logit before it.',
    }),
    tiedEmbeddings: t.exposeBoolean('tiedEmbeddings', {
      description: 'The embedding and the unembedding are one matrix.',
    }),
  }),
});
