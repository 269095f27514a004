/** Which logit to explain: what a client sends, as the run service takes it. */
import { builder } from '../builder.ts';
import type { CatalogueModel } from '../model/catalogue.ts';
import { promptIds, targetRequest } from '../model/prompt.ts';
import { PromptInput, TargetInput } from '../model/token.ts';
import type { Question } from '../run/types.ts';
import type { attributionMethods } from './result.ts';

export const AttributionMethod = builder.enumType('AttributionMethod', {
  description: 'How a logit is traced back to the tokens.',
  values: {
    FROZEN: {
      description:
        'Attention patterns, norm scales and activation gates are held at their values in this run; what remains of the network is one affine map, exact at this prompt, so the parts sum to the logit.',
    },
  } satisfies Record<(typeof attributionMethods)[number], object>,
});

export const LogitAttributionInput = builder.inputType('LogitAttributionInput', {
  description: 'Which logit to explain.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    target: t.field({ type: TargetInput, description: "Default: the model's top choice at the last position." }),
    method: t.field({
      type: AttributionMethod,
      required: true,
      defaultValue: 'FROZEN',
      description: 'How to trace it.',
    }),
  }),
});

/** @throws TributaryError PROMPT, TARGET */
export function attributionQuestion(
  model: CatalogueModel,
  { prompt, target, method }: typeof LogitAttributionInput.$inferInput,
): Extract<Question, { kind: 'LOGIT_ATTRIBUTION' }>['input'] {
  const inputIds = promptIds(model, prompt);
  return { inputIds, target: targetRequest(model, inputIds.length, target), method };
}
