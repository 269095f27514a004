/** What of the logit lens is wanted: what a client sends and selects, as a job takes it. */
import type { GraphQLResolveInfo } from 'graphql';
import { inputError, within } from '../../errors.ts';
import { hooksIn } from '../../explain/activations/shapes.ts';
import type { LensRequest } from '../../explain/lens/result.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { isInBounds } from '../bounds.ts';
import { builder } from '../builder.ts';
import { chosenNumbers, chosenPositions } from '../models/places.ts';
import { promptOf, tokenId } from '../models/prompt.ts';
import { PromptInput, TokenInput } from '../models/token.ts';
import { type SelectedField, selectedFields } from '../selected-fields.ts';

/** The most of the likeliest tokens of one reading, and of tokens whose figures are wanted. */
export const longestTop = 100;
const mostTokens = 64;

export const LensInput = builder.inputType('LensInput', {
  description: 'At which depths and positions the model is read.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    positions: t.intList({
      description: 'Positions that predict, from 0; negative counts from the end. Default: the last.',
    }),
    layers: t.intList({ description: 'Blocks, from 0. Default: all. Those after the last one are not run.' }),
    tokens: t.field({
      type: [TokenInput],
      description: `Tokens whose logit, probability and rank are wanted, at most ${mostTokens}; see \`LensReading.tokens\`.`,
    }),
  }),
});

export interface LensSelection {
  readonly embedding: boolean;
  readonly afterAttention: boolean;
  readonly afterBlock: boolean;
  readonly top: number;
  readonly tokens: boolean;
  readonly entropy: boolean;
}

/** What is selected under the field being resolved. A `first` out of bounds needs nothing: its field is refused by itself. */
export function lensSelection(info: GraphQLResolveInfo): LensSelection {
  const fields = selectedFields(info).filter(({ type }) => type === 'Lens');
  const ofLayers = fields.filter(({ name }) => name === 'layers').flatMap((field) => field.fields());
  const depths = [...fields.filter(({ name }) => name === 'embedding'), ...ofLayers];
  const figures = depths.flatMap((depth) => depth.fields());
  const has = (name: string) => figures.some((figure) => figure.name === name);
  const tops = figures.filter(({ name }) => name === 'top').map(({ args }) => Number(args.first));
  const isComputed = ({ name, args }: SelectedField) =>
    name === 'top' ? isInBounds(Number(args.first), longestTop) : name !== 'token';
  const reads = (name: string) => depths.some((depth) => depth.name === name && depth.fields().some(isComputed));
  return {
    embedding: reads('embedding'),
    afterAttention: reads('afterAttention'),
    afterBlock: reads('afterBlock'),
    top: Math.max(0, ...tops.filter((first) => isInBounds(first, longestTop))),
    tokens: has('tokens'),
    entropy: has('entropy'),
  };
}

/** @throws TributaryError INPUT, as of the argument `input`; PROMPT, TARGET */
export function lensQuestion(
  model: CatalogueModel,
  { prompt, positions, layers: chosen, tokens }: typeof LensInput.$inferInput,
  selection: LensSelection,
): LensRequest {
  const { specification } = model;
  const read = promptOf(model, prompt);
  return within('input', () => {
    if (tokens && tokens.length > mostTokens)
      throw inputError('tokens', `${tokens.length} \`tokens\` are asked for; at most ${mostTokens} can be`);
    const ids = (tokens ?? []).map((token) => tokenId(model, token, 'token'));
    return {
      ...selection,
      ...read,
      positions: chosenPositions(positions, read.inputIds.length, [-1]),
      layers: chosenNumbers(chosen, specification.layerCount, 'layers'),
      afterAttention: selection.afterAttention && hasBetween(model),
      tokens: selection.tokens ? [...new Set(ids)] : [],
    };
  });
}

/** Whether blocks have a stream between attention and MLP. */
export function hasBetween({ specification: { blocks } }: CatalogueModel): boolean {
  return blocks.some((block) => hooksIn(block, ['residualBetween']).length > 0);
}
