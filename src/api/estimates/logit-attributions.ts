import { attributionQuestions, LogitAttributionsInput } from '../attribution/request.ts';
import { builder } from '../builder.ts';
import { LogitAttributionSelectionInput } from './attribution-selection.ts';
import { estimable } from './estimable.ts';
import { attributionAsked } from './logit-attribution.ts';

const type = builder.inputType('EstimateLogitAttributionsInput', {
  description: '`logitAttributions` that may be asked for.',
  fields: (t) => ({
    input: t.field({ type: LogitAttributionsInput, required: true, description: 'Which logits would be explained.' }),
    selection: t.field({
      type: LogitAttributionSelectionInput,
      description: 'What would be selected of each. Default: the tokens alone.',
    }),
  }),
});

export const logitAttributions = estimable({
  operation: 'logitAttributions',
  description: '`logitAttributions`, all targets together.',
  type,
  modelOf: ({ input }: typeof type.$inferInput) => input.model,
  ask: (model, { input, selection }) => attributionAsked(attributionQuestions(model, input), selection),
});
