/** The query of a front end that lets a person choose a target: what a text may mean, and what the model expects. */
import type { GraphQLResolveInfo } from 'graphql';
import type { TokenText } from '../../checkpoint/tokenizer.ts';
import type { PredictionRequest } from '../../explain/prediction.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { LensTokenResult } from '../../inference/target.ts';
import { prediction } from '../../jobs/kinds/prediction.ts';
import { isInBounds, requireCount } from '../bounds.ts';
import { builder, computes, passComplexity, readingComplexity } from '../builder.ts';
import { orFailure, questionFailures, typeOf } from '../failures.ts';
import { selectedFields } from '../selected-fields.ts';
import { type CandidateValue, TargetCandidate } from './candidate.ts';
import { meanings, promptIds, targetPosition } from './prompt.ts';
import { PromptInput, type TokenReader } from './token.ts';

const mostLikeliest = 100;
export const TargetCandidatesInput = builder.inputType('TargetCandidatesInput', {
  description: 'A text that a target is wanted for, and where it is predicted.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    position: t.int({
      required: true,
      defaultValue: -1,
      description: 'The position that predicts; negative counts from the end.',
    }),
    text: t.string({ required: true, description: 'What a person wrote for the target: "Mary" or " Mary".' }),
  }),
});

interface CandidatesValue {
  readonly candidates: readonly CandidateValue[];
  /** As many as the longest list that is selected. */
  readonly likeliest: readonly LensTokenResult[];
  readonly tokens: TokenReader;
  readonly position: number;
}

const TargetCandidates = builder.objectRef<CandidatesValue>('TargetCandidates').implement({
  description: 'What a text may mean as a target, and what the model itself expects.',
  fields: (t) => ({
    candidates: t.field({
      type: [TargetCandidate],
      description:
        'The single tokens that the text may mean: itself, then with and without a leading space, then with the first letter in the other case. Empty where there is none: `Model.tokenize` tells how the text is split.',
      resolve: ({ candidates }) => [...candidates],
    }),
    likeliest: t.field({
      type: [TargetCandidate],
      nullable: true,
      description:
        "The model's own likeliest tokens at the position, likeliest first. Null only beside an error, for a `top` out of bounds.",
      args: {
        top: t.arg.int({ required: true, defaultValue: 5, description: `How many, 0 to ${mostLikeliest}.` }),
      },
      complexity: ({ top }) => ({ field: 1, multiplier: Math.max(top, 1) }),
      resolve: async ({ likeliest, tokens, position }, { top }) => {
        await requireCount('top', top, mostLikeliest);
        return likeliest
          .slice(0, top)
          .map((reading) => ({ token: { ...tokens(reading.token), position }, figures: () => reading }));
      },
    }),
  }),
});

const TargetCandidatesResult = builder.unionType('TargetCandidatesResult', {
  description: 'The candidates, or what was wrong with the request.',
  types: [TargetCandidates, ...questionFailures],
  resolveType: typeOf('TargetCandidates'),
});

builder.queryField('targetCandidates', (t) =>
  t.field({
    type: TargetCandidatesResult,
    extensions: computes,
    description:
      'Helps to choose a target: the single tokens that a text may mean, with what the model says of each, and the tokens that it finds likeliest. Nothing is stored; where no figure is selected the model is not run.',
    args: {
      input: t.arg({
        type: TargetCandidatesInput,
        required: true,
        description: 'Which text, and where it is predicted.',
      }),
    },
    complexity: ({ input }) => ({ field: passComplexity + readingComplexity(input) }),
    resolve: (_, { input }, { catalogue, engine, signal, client }, info) =>
      orFailure(async (): Promise<CandidatesValue> => {
        const { figures, top } = selectionOf(info);
        const model = await catalogue.get(input.model);
        const { tokenizer } = model.checkpoint;
        const { singles, request } = candidatesQuestion(model, input, top);
        const { position } = request;
        const predicted =
          figures || top > 0 ? await engine.run(prediction, model.checkpoint, request, { signal, client }) : undefined;
        return {
          candidates: singles.map((token, index) => ({
            token: { ...token, position },
            figures: () => predicted?.tokens[index],
          })),
          likeliest: predicted?.likeliest ?? [],
          tokens: (id) => tokenizer.token(id),
          position,
        };
      }),
  }),
);

/** The single tokens that a text may mean, and what a model is asked about them. @throws TributaryError PROMPT, TARGET */
export function candidatesQuestion(
  model: CatalogueModel,
  { prompt, position, text }: typeof TargetCandidatesInput.$inferInput,
  top: number,
): { readonly singles: readonly TokenText[]; readonly request: PredictionRequest } {
  const inputIds = promptIds(model, prompt);
  const at = targetPosition(inputIds.length, position);
  const { singles } = meanings(model, text);
  return { singles, request: { inputIds, position: at, tokens: singles.map(({ id }) => id), top } };
}

/** Whether figures of candidates are selected, and how many likeliest tokens. */
function selectionOf(info: GraphQLResolveInfo): { figures: boolean; top: number } {
  const fields = selectedFields(info).filter(({ type }) => type === 'TargetCandidates');
  const figures = fields
    .filter(({ name }) => name === 'candidates')
    .flatMap((field) => field.fields())
    .some(({ name }) => name !== 'token');
  const tops = fields.filter(({ name }) => name === 'likeliest').map(({ args }) => Number(args.top));
  return { figures, top: Math.max(0, ...tops.filter((top) => isInBounds(top, mostLikeliest))) };
}
