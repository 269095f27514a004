/** Models in GraphQL. */
import { resolveArrayConnection } from '@pothos/plugin-relay';
import { architectures } from '../../architecture/registry.ts';
import { type ModelTraits as Traits, traitsOf } from '../../architecture/traits.ts';
import { inputError } from '../../errors.ts';
import type { BrokenModel as Broken, CatalogueModel } from '../../inference/catalogue.ts';
import { readPage } from '../bounds.ts';
import { builder, defaultPageSize, listComplexity } from '../builder.ts';
import { Failure, orFailure, orGraphQLError } from '../failures.ts';
import { Token } from './token.ts';

/** Characters that `tokenize` takes. */
const longestText = 16_384;

const Architecture = builder.enumType('Architecture', {
  description: 'The model families that are supported.',
  values: architectures.map(({ name }) => name),
});
const ModelStatus = builder.enumType('ModelStatus', {
  description: 'Whether a model is in memory.',
  values: {
    UNLOADED: { description: 'On disk only; it loads with the first request.' },
    LOADING: { description: 'Being loaded for a request.' },
    READY: { description: 'In memory.' },
    FAILED: { description: 'The last attempt to load it failed; `loadError` says why.' },
  } as const,
});

const ModelWeights = builder.enumType('ModelWeights', {
  description: 'How the weights of a loaded model are held; answers agree to rounding.',
  values: {
    LEAN: {
      description:
        'As they lie in the file, in memory that all processes share; those in half precision are converted in every pass.',
    },
    PACKED: { description: 'In float32 copies, which short prompts are faster with.' },
  } as const,
});

const ModelTraits = builder.objectRef<Traits>('ModelTraits').implement({
  description: 'What the architecture does, as far as it matters for reading its figures.',
  fields: (t) => ({
    norm: t.exposeString('norm', { description: 'LAYER_NORM, RMS_NORM or NONE.' }),
    normPlacement: t.exposeString('normPlacement', {
      description: 'Whether norms stand before each part (PRE), after (POST), both (SANDWICH) or nowhere (NONE).',
    }),
    parallelBlocks: t.exposeBoolean('parallelBlocks', {
      description: "Attention and MLP both read the block's input; otherwise the MLP reads what the attention wrote.",
    }),
    gatedMlp: t.exposeBoolean('gatedMlp', {
      description: 'Neurons are the product of a gate and a linear part (SwiGLU, GeGLU).',
    }),
    activation: t.exposeString('activation', {
      nullable: true,
      description:
        'Of the MLP: GELU, GELU_TANH, GELU_10, QUICK_GELU, SILU, RELU, RELU2 or TANH; null in attention-only models.',
    }),
    groupedHeads: t.exposeBoolean('groupedHeads', { description: 'Query heads share key and value heads.' }),
    queryKeyNorm: t.exposeBoolean('queryKeyNorm', {
      description: 'Queries and keys are normed before they meet; this only shapes attention patterns.',
    }),
    positions: t.exposeString('positions', { description: 'How the model knows positions: LEARNED, ROTARY or NONE.' }),
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

const LoadProgress = builder.objectRef<{ readonly loaded: number; readonly total: number }>('LoadProgress').implement({
  description: 'How far the loading of a model is.',
  fields: (t) => ({
    loaded: t.exposeInt('loaded', { description: 'Graphs in memory so far.' }),
    total: t.exposeInt('total', { description: 'Graphs that the request needs.' }),
  }),
});

export const Model = builder.objectRef<CatalogueModel>('Model');
builder.node(Model, {
  description: "A checkpoint in the server's models folder.",
  id: { resolve: ({ name }) => name, description: 'Of the model among all things of the server.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'specification' in value,
  loadOne: async (name, { catalogue }) => {
    const model = await orFailure(() => catalogue.get(name));
    return model instanceof Failure ? null : model;
  },
  fields: (t) => ({
    name: t.exposeString('name', {
      description:
        'What requests name it by: its folder within the models folder, `sample` or `openai-community/gpt2`.',
    }),
    architecture: t.field({
      type: Architecture,
      description: 'Its family.',
      resolve: ({ specification }) => specification.architecture,
    }),
    revision: t.string({
      description: "SHA-256 of configuration, tokenizer and weights: part of every run's content hash.",
      resolve: ({ checkpoint }) => orGraphQLError(() => checkpoint.revision()),
    }),
    layerCount: t.int({ description: 'Blocks.', resolve: ({ specification }) => specification.layerCount }),
    headCount: t.int({
      description: 'Query heads of each block.',
      resolve: ({ specification }) => specification.headCount,
    }),
    keyValueHeadCount: t.int({
      description: 'Key and value heads of each block; fewer than `headCount` where groups of heads share them.',
      resolve: ({ specification }) => specification.keyValueHeadCount,
    }),
    headWidth: t.int({
      description: 'Numbers in a query, key or value of one head.',
      resolve: ({ specification }) => specification.headWidth,
    }),
    width: t.int({
      description: 'Numbers in the residual stream at one position.',
      resolve: ({ specification }) => specification.width,
    }),
    vocabularySize: t.int({
      description: 'Tokens that the model tells apart.',
      resolve: ({ specification }) => specification.vocabularySize,
    }),
    contextLength: t.int({
      description: 'The longest prompt, in tokens.',
      resolve: ({ specification }) => specification.contextLength,
    }),
    parameterCount: t.float({
      description: 'Numbers in all weights together.',
      resolve: ({ checkpoint }) => parameterCount(checkpoint.tensors),
    }),
    dtype: t.string({
      description: 'How the weights are stored: F32, F16 or BF16; several, joined by +, where they differ.',
      resolve: ({ checkpoint }) =>
        [...new Set(Array.from(checkpoint.tensors.values(), ({ dtype }) => dtype))].sort().join('+'),
    }),
    traits: t.field({
      type: ModelTraits,
      description: 'What the architecture does, as far as it matters for reading its figures.',
      resolve: ({ specification }) => traitsOf(specification),
    }),
    status: t.field({
      type: ModelStatus,
      description: 'Whether it is in memory.',
      resolve: ({ checkpoint }, _, { engine }) => engine.stateOf(checkpoint).status,
    }),
    progress: t.field({
      type: LoadProgress,
      nullable: true,
      description: 'While it loads, how far it is; null otherwise.',
      resolve: ({ checkpoint }, _, { engine }) => engine.stateOf(checkpoint).progress,
    }),
    weights: t.field({
      type: ModelWeights,
      nullable: true,
      description: 'How its weights are in memory; null while they are not.',
      resolve: ({ checkpoint }, _, { engine }) => engine.stateOf(checkpoint).weights,
    }),
    loadError: t.string({
      nullable: true,
      description: 'Why the last attempt to load it failed; null otherwise.',
      resolve: ({ checkpoint }, _, { engine }) => engine.stateOf(checkpoint).error,
    }),
    tokenize: t.field({
      type: [Token],
      description: 'How the model reads a text: its tokens, special ones as the tokenizer adds them.',
      args: {
        text: t.arg.string({ required: true, description: `Any text of at most ${longestText} characters.` }),
      },
      // A token may be a single byte; splitting costs about what one field of all tokens does.
      complexity: ({ text }) => ({
        field: 1 + Buffer.byteLength(text),
        multiplier: Math.max(Buffer.byteLength(text), 1),
      }),
      resolve: ({ checkpoint: { tokenizer } }, { text }) =>
        orGraphQLError(async () => {
          requireShort(text);
          return tokenizer.encode(text).map((id, position) => ({ ...tokenizer.token(id), position }));
        }),
    }),
  }),
});

const BrokenModel = builder.objectRef<Broken>('BrokenModel').implement({
  description: 'A folder in the models folder that looks like a checkpoint but cannot be used.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its folder within the models folder.' }),
    status: t.field({ type: ModelStatus, description: 'Always FAILED.', resolve: () => 'FAILED' as const }),
    error: t.exposeString('error', { description: 'What is wrong with it, naming the file.' }),
  }),
});

builder.queryFields((t) => ({
  models: t.connection(
    {
      type: Model,
      description: 'Every usable model in the models folder, by name; new ones appear without a restart.',
      complexity: listComplexity,
      resolve: (_, args, { catalogue }) =>
        readPage(args, async () => {
          const { models } = await catalogue.list();
          return resolveArrayConnection({ args, defaultSize: defaultPageSize }, models);
        }),
    },
    { name: 'ModelConnection', description: 'A page of models.' },
    { name: 'ModelEdge', description: 'A model in a page.' },
  ),
  model: t.field({
    type: Model,
    nullable: true,
    description: 'The model of this name; null when there is none or it cannot be used.',
    args: { name: t.arg.string({ required: true, description: 'As in `Model.name`.' }) },
    resolve: async (_, { name }, { catalogue }) => {
      const model = await orFailure(() => catalogue.get(name));
      return model instanceof Failure ? null : model;
    },
  }),
  brokenModels: t.field({
    type: [BrokenModel],
    description: 'Folders in the models folder that look like checkpoints but cannot be used, and why.',
    resolve: async (_, __, { catalogue }) => (await orGraphQLError(() => catalogue.list())).broken,
  }),
}));

function requireShort({ length }: string): void {
  if (length <= longestText) return;
  throw inputError('text', `The text has ${length} characters; \`tokenize\` takes at most ${longestText}`);
}

function parameterCount(tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>): number {
  return tensors.values().reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}
