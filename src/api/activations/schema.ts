/** What is inside of a forward pass, in GraphQL. */
import type {
  ActivationsRequest,
  EndActivations,
  LayerActivations as LayerResult,
} from '../../explain/activations/result.ts';
import { keyValueHeadsOf } from '../../explain/activations/shapes.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { activations } from '../../jobs/kinds/activations.ts';
import { type HookName, hookNames } from '../../onnx/hooks.ts';
import { answerSizeOf } from '../answer-size.ts';
import { builder, computes, passComplexity, readingComplexity } from '../builder.ts';
import { expectedSize, extent } from '../expected-size.ts';
import {
  CancelledError,
  CheckpointError,
  InputError,
  OverCapacityError,
  orFailure,
  PromptError,
  typeOf,
  UnknownModelError,
} from '../failures.ts';
import { Model } from '../models/schema.ts';
import { Token, tokensIn } from '../models/token.ts';
import { Tensor } from '../scalars.ts';
import { hookDescriptions } from './hook-descriptions.ts';
import { ActivationsInput, activationsQuestion, dimensionsOf, selectedEnd, selectedHooks } from './request.ts';

const tensorComplexity = 10;

interface ActivationsValue {
  readonly model: CatalogueModel;
  readonly request: ActivationsRequest;
  readonly layers: readonly LayerResult[];
  readonly end?: EndActivations | undefined;
}

/** A field for each quantity. Not null is what every family has. */
const LayerActivations = builder.objectRef<LayerResult>('LayerActivations').implement({
  description:
    "What is inside of one block: the model's own numbers in float32, at the chosen positions and of the chosen heads, in the order of `Activations`. What is not selected is not computed. The names in TransformerLens are those of a model that is loaded without folding and centring.",
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
    ...Object.fromEntries(
      hookNames.map((name) => {
        const { description, nullable } = hookDescriptions[name];
        const options = {
          ...extent(({ numbers }) => numbers?.(name) ?? 0),
          type: Tensor,
          complexity: tensorComplexity,
        };
        const field = nullable
          ? t.field({
              ...options,
              nullable: true,
              description: `${description} Null ${nullable}.`,
              resolve: ({ tensors }: LayerResult) => tensors[name] ?? null,
            })
          : t.field({
              ...options,
              description,
              resolve: ({ tensors }: LayerResult) => told(tensors, name),
            });
        return [name, field];
      }),
    ),
  }),
});

const Activations = builder.objectRef<ActivationsValue>('Activations').implement({
  description: 'What is inside of one forward pass.',
  fields: (t) => ({
    model: t.field({ type: Model, description: 'The model.', resolve: ({ model }) => model }),
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [Token],
      description: 'The tokens of the prompt.',
      resolve: ({ model, request }) => tokensIn(request, (id) => model.checkpoint.tokenizer.token(id)),
    }),
    positions: t.intList({
      ...extent(({ positions = 1 }) => positions),
      description: 'The positions that are told of, ascending: what an axis `position` has.',
      resolve: ({ request }) => [...request.positions],
    }),
    heads: t.intList({
      ...extent(({ headCount }) => headCount),
      description: 'The attention heads that are told of, ascending: what an axis `head` has.',
      resolve: ({ model, request }) => [...(request.heads ?? Array(model.specification.headCount).keys())],
    }),
    keyValueHeads: t.intList({
      ...extent(({ headCount }) => headCount),
      description:
        'The heads of keys and values that those use, ascending: what an axis `keyValueHead` has. Of G query heads that share one, heads 0 to G − 1 use the first.',
      resolve: ({ model, request }) => keyValueHeadsOf(model.specification, request.heads),
    }),
    layers: t.field({
      ...extent(({ layerCount }) => layerCount),
      type: [LayerActivations],
      description: 'The chosen blocks, first to last.',
      resolve: ({ layers }) => [...layers],
    }),
    finalNormScale: t.field({
      ...extent(({ positions = 1 }) => positions),
      type: Tensor,
      nullable: true,
      complexity: tensorComplexity,
      description:
        '[position]: √(variance + ε) of the norm before the unembedding, whichever blocks are chosen. `ln_final.hook_scale`. Null where there is no such norm.',
      resolve: ({ end }) => end?.scale ?? null,
    }),
    logits: t.field({
      ...extent(({ positions = 1, vocabularySize = 1 }) => positions * vocabularySize),
      type: Tensor,
      complexity: tensorComplexity,
      description:
        '[position, token of the vocabulary]: the logits, after a softcap, whichever blocks are chosen. `lens` has the likeliest ones alone, and probabilities.',
      resolve: ({ end }) => {
        if (!end?.logits) throw new Error('The logits were selected and not computed');
        return end.logits;
      },
    }),
  }),
});

const ActivationsResult = builder.unionType('ActivationsResult', {
  description: 'The activations, or what was wrong with the request.',
  types: [Activations, InputError, UnknownModelError, CheckpointError, PromptError, OverCapacityError, CancelledError],
  resolveType: typeOf('Activations'),
});

builder.queryField('activations', (t) =>
  t.field({
    type: ActivationsResult,
    extensions: computes,
    description:
      'Looks into one forward pass: residual stream, queries, keys, values, attention scores and patterns, neurons, norms, of chosen blocks, heads and positions. What is not selected is not computed, and an answer that would be larger than MAX_RESPONSE_SIZE is refused before anything is. Nothing is stored.',
    args: { input: t.arg({ type: ActivationsInput, required: true, description: 'Where to look.' }) },
    complexity: ({ input }) => ({ field: passComplexity + readingComplexity(input) }),
    resolve: (_, { input }, context, info) =>
      orFailure(async (): Promise<ActivationsValue> => {
        const { catalogue, engine, signal, client } = context;
        const model = await catalogue.get(input.model);
        const request = activationsQuestion(model, input, selectedHooks(info), selectedEnd(info));
        answerSizeOf(context).expect(expectedSize(info, dimensionsOf(model, request), 'Activations'));
        const nothing = request.layers.map(nothingOf);
        if (request.names.length === 0 && !request.end) return { model, request, layers: nothing };
        const found = await engine.run(activations, model.checkpoint, request, { signal, client });
        return { model, request, ...found, layers: request.names.length > 0 ? found.layers : nothing };
      }),
  }),
);

function nothingOf(layer: number): LayerResult {
  return { layer, tensors: {} };
}

function told(tensors: LayerResult['tensors'], name: HookName) {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`${name} was selected and not computed`);
  return tensor;
}
