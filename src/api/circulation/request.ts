/** Which tokens to follow: what a client sends, as the run service takes it. */
import type { InputRef } from '@pothos/core';
import { inputError, requireInBounds, TributaryError, within } from '../../errors.ts';
import type {
  CirculationFigure as CirculationFigureName,
  CirculationRequest,
  circulationFigures,
} from '../../explain/circulation/event.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { builder, type InputFields } from '../builder.ts';
import { inputPosition, promptOf } from '../models/prompt.ts';
import { targetRequest } from '../models/target-request.ts';
import { PromptInput, TargetInput } from '../models/token.ts';

const widestLens = 100;
const mostTracked = 64;

export const CirculationInput = builder.inputType('CirculationInput', {
  description: 'Which tokens to follow through which model.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    ...circulationFields(t, TargetInput),
  }),
});

/** What is asked of whichever model and prompt. @param target how a target is named */
export function circulationFields<Target>(t: InputFields, target: InputRef<Target>) {
  return {
    track: t.intList({
      description: `Positions to follow, at most ${mostTracked}; negative counts from the end. Default: the last.`,
    }),
    target: t.field({
      type: target,
      description: "Default: the last position's top choice, at each depth the one of that depth.",
    }),
    layers: t.int({ description: 'Only the first n blocks. Default: all.' }),
    top: t.int({ required: true, defaultValue: 5, description: `Logit lens: how many tokens, 0 to ${widestLens}.` }),
  };
}

export const CirculationFigure = builder.enumType('CirculationFigure', {
  description: 'What of a circulation is computed where it is asked for.',
  values: {
    LENS: {
      description:
        'The logit lens: `LayerCirculated.lens` and `target`, `TokenCirculation.logitShare`. The unembedding is read for every block, or for a few together where they follow within 25 milliseconds.',
    },
    HEADS: { description: '`TokenCirculation.heads`.' },
    PATTERNS: { description: '`TokenCirculation.paid` and `received`.' },
  } satisfies Record<(typeof circulationFigures)[number], object>,
});

/** @param figures that its events will be asked for @throws TributaryError INPUT, as of the argument `input`; PROMPT, TARGET */
export function circulationQuestion(
  model: CatalogueModel,
  { prompt, track, target, layers, top }: typeof CirculationInput.$inferInput,
  figures: readonly CirculationFigureName[],
): CirculationRequest {
  const read = promptOf(model, prompt);
  const { inputIds } = read;
  const { layerCount } = model.specification;
  if (target?.span)
    throw new TributaryError(
      'TARGET',
      'A circulation goes to one position: name a `token`, or a `position`, and leave `span` out',
    );
  return within('input', () => {
    requireInBounds('layers', layers ?? layerCount, 1, layerCount);
    requireInBounds('top', top, 0, widestLens);
    return {
      ...read,
      track: trackedPositions(track ?? [-1], inputIds.length),
      target: targetRequest(model, inputIds, target),
      layers: layers ?? layerCount,
      top,
      figures,
    };
  });
}

/** Each once, in the order of the request. */
function trackedPositions(track: readonly number[], length: number): number[] {
  if (track.length === 0)
    throw inputError('track', 'No position is tracked; name at least one, or leave `track` out for the last');
  if (track.length > mostTracked)
    throw inputError('track', `${track.length} positions are tracked; at most ${mostTracked} can be`);
  return [...new Set(track.map((position, index) => inputPosition(`track.${index}`, position, length)))];
}
