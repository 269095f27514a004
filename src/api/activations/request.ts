/** What of a forward pass is wanted: what a client sends and selects, as a job takes it. */
import type { GraphQLResolveInfo } from 'graphql';
import type { Block } from '../../architecture/specification.ts';
import { neuronsOf } from '../../architecture/tensor-shapes.ts';
import { within } from '../../errors.ts';
import type { ActivationsRequest, EndRequest } from '../../explain/activations/result.ts';
import { hooksIn, numbersOf } from '../../explain/activations/shapes.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { type HookName, hookNames } from '../../onnx/hooks.ts';
import { builder } from '../builder.ts';
import type { Dimensions } from '../expected-size.ts';
import { chosenNumbers, chosenPositions } from '../models/places.ts';
import { promptOf } from '../models/prompt.ts';
import { PromptInput } from '../models/token.ts';
import { selectedFields } from '../selected-fields.ts';

export const ActivationsInput = builder.inputType('ActivationsInput', {
  description: 'Where to look into a forward pass. What is left out stands for all there are.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    layers: t.intList({ description: 'Blocks, from 0. Default: all. Those after the last one are not run.' }),
    heads: t.intList({
      description: 'Attention heads, from 0. Default: all. Keys and values are those that these heads use.',
    }),
    positions: t.intList({
      description:
        'Positions in the prompt, from 0; negative counts from the end. Default: all. Those after the last one are not run.',
    }),
  }),
});

/**
 * @param names those that are selected; what none of the chosen blocks has is left out @param end what is selected of it
 * @throws TributaryError INPUT, as of the argument `input`; PROMPT
 */
export function activationsQuestion(
  model: CatalogueModel,
  { prompt, layers: chosen, heads, positions }: typeof ActivationsInput.$inferInput,
  names: readonly HookName[],
  end: Omit<EndRequest, 'after'>,
): ActivationsRequest {
  const { specification } = model;
  const read = promptOf(model, prompt);
  const scale = end.scale && specification.unembedding.norm !== undefined;
  return within('input', () => {
    const layers = chosenNumbers(chosen, specification.layerCount, 'layers');
    return {
      ...read,
      layers,
      heads: heads ? chosenNumbers(heads, specification.headCount, 'heads') : null,
      positions: chosenPositions(positions, read.inputIds.length),
      names: names.filter((name) =>
        layers.some((layer) => hooksIn(specification.blocks[layer] as Block, [name]).length > 0),
      ),
      ...((scale || end.logits) && { end: { after: specification.layerCount - 1, scale, logits: end.logits } }),
    };
  });
}

/** The quantities that are selected under the field being resolved, each once. */
export function selectedHooks(info: GraphQLResolveInfo): HookName[] {
  const selected = selectedFields(info)
    .filter(({ type, name }) => type === 'Activations' && name === 'layers')
    .flatMap((field) => field.fields().map(({ name }) => name));
  return hookNames.filter((name) => selected.includes(name));
}

/** What is selected of the model's end. */
export function selectedEnd(info: GraphQLResolveInfo): Omit<EndRequest, 'after'> {
  const names = selectedFields(info).flatMap(({ type, name }) => (type === 'Activations' ? [name] : []));
  return { scale: names.includes('finalNormScale'), logits: names.includes('logits') };
}

/** What the size of the answer follows from. */
export function dimensionsOf(
  { specification, checkpoint: { tensors } }: CatalogueModel,
  request: ActivationsRequest,
): Dimensions {
  const { headCount, blocks, vocabularySize } = specification;
  const neurons = blocks.map((block) => neuronsOf(block, tensors));
  const { inputIds, layers, heads, positions } = request;
  return {
    layerCount: layers.length,
    headCount: heads?.length ?? headCount,
    length: inputIds.length,
    positions: positions.length,
    vocabularySize,
    // Of all blocks the same: what they have together is right.
    numbers: (name) => numbersOf(name as HookName, specification, neurons, request) / layers.length,
  };
}
